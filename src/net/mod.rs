//! The networks, as burn modules (layer 1). `forward` is written once per network; a [`tap::Tap`] sees its
//! intermediates; convolution, norm and activation go through [`block::ConvBlock`] (invariants 5 and 10).

pub mod block;
pub mod config;
pub mod decoder;
pub mod depth_network;
pub mod encoder;
pub mod gate;
pub mod hu;
pub mod kernel;
pub mod monodepth2;
pub mod msfnet;
pub mod norm;
pub mod ops;
mod pool;
pub mod rdr;
mod recorded;
pub mod tap;
pub mod usf;
pub mod visit;

#[cfg(test)]
mod golden;
