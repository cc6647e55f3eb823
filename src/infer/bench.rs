//! Latency of every stage of a model on a device: what `bench` prints (layer 2, so that tests and tools share it).

use super::model::Model;
use super::prediction::Timing;
use crate::data::image::decode_file;
use crate::error::Result;
use crate::net::block::macs_of;
use serde::Serialize;
use std::path::Path;
use std::time::{Duration, Instant};

/// Median and 95th percentile of one stage, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Spread {
    /// Half of the runs were faster.
    pub median: f64,
    /// Nineteen of twenty were faster.
    pub p95: f64,
}

/// The stages of a picture's way, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Latency {
    /// File to RGB.
    pub decode: Spread,
    /// RGB to the network's input.
    pub preprocess: Spread,
    /// The network, until its output is on the host.
    pub forward: Spread,
    /// Output to depth at the picture's size.
    pub postprocess: Spread,
}

/// One row: a model at one size on one device.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Model name.
    pub model: String,
    /// Device label.
    pub device: String,
    /// Network width and height.
    pub net_size: [usize; 2],
    /// Measured runs.
    pub runs: usize,
    /// Seconds of the first run, kernels being built and tuned.
    pub first_run_s: f64,
    /// Median and 95th percentile of each stage, by the names of `infer`.
    pub latency_ms: Latency,
    /// Multiply–accumulates of the convolutions, in thousands of millions.
    pub gmac: f64,
    /// Network input pixels a second at the median, in millions.
    pub mpix_per_s: f64,
    /// Twice the multiply–accumulates a second at the median, in thousands of millions.
    pub gflop_per_s: f64,
}

/// Decodes a picture and runs a model on it, again and again, for about `budget` after one run that is not counted; at least five runs.
///
/// # Errors
/// When the size is impossible or the device fails.
pub fn measure(model: &Model, device: &str, picture: &Path, size: [usize; 2], budget: Duration) -> Result<Row> {
    let frame = decode_file(picture)?;
    let start = Instant::now();
    let (first, macs) = macs_of(|| model.run(&frame, Some(size)));
    first?;
    let first_run_s = start.elapsed().as_secs_f64();
    let mut times: Vec<Timing> = Vec::new();
    let start = Instant::now();
    while times.len() < 5 || start.elapsed() < budget {
        times.push(model.run(&decode_file(picture)?, Some(size))?.timing);
    }
    let forward = spread(&times, |t| t.forward);
    let seconds = forward.median / 1e3;
    let gmac = macs as f64 / 1e9;
    Ok(Row {
        model: model.info.name.clone(),
        device: device.to_owned(),
        net_size: size,
        runs: times.len(),
        first_run_s,
        latency_ms: Latency {
            decode: spread(&times, |t| t.decode),
            preprocess: spread(&times, |t| t.preprocess),
            forward,
            postprocess: spread(&times, |t| t.postprocess),
        },
        gmac,
        mpix_per_s: (size[0] * size[1]) as f64 / 1e6 / seconds,
        gflop_per_s: 2.0 * gmac / seconds,
    })
}

fn spread(times: &[Timing], stage: impl Fn(&Timing) -> Duration) -> Spread {
    let mut ms: Vec<f64> = times.iter().map(|t| stage(t).as_secs_f64() * 1e3).collect();
    Spread { median: percentile(&mut ms, 0.5), p95: percentile(&mut ms, 0.95) }
}

/// The `q`-quantile of some times (linear interpolation); sorts them. 0 for none.
pub fn percentile(values: &mut [f64], q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return 0.0 };
    let position = q * last as f64;
    let (low, high) = (position.floor() as usize, position.ceil() as usize);
    values[low] + (values[high] - values[low]) * (position - low as f64)
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_interpolate() {
        assert_eq!(percentile(&mut [4.0, 1.0, 3.0, 2.0], 0.5), 2.5);
        assert_eq!(percentile(&mut [7.0], 0.95), 7.0);
        assert_eq!(percentile(&mut [], 0.5), 0.0);
    }
}
