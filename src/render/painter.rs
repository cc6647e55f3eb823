//! [`MapPainter`]: one picture of the window, drawn inside egui's own render pass.

use super::gpu::{Programs, Slot};
use super::{Picture, Plane, lut};
use crate::figure::colormap::Colormap;
use crate::figure::error_mode::ErrorMode;
use eframe::egui_wgpu::{Callback, CallbackResources, CallbackTrait, ScreenDescriptor};
use egui::PaintCallbackInfo;

/// What is drawn of the planes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MapMode {
    /// The RGB frame.
    Frame,
    /// The values of plane `a`.
    Value,
    /// The error of plane `a` (prediction) against plane `b` (ground truth), both at the truth's size.
    Error(ErrorMode),
}

/// Where a picture lies on the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Top left corner of the whole picture in points; may lie outside the view.
    pub origin: [f32; 2],
    /// Size of the whole picture in points.
    pub size: [f32; 2],
}

/// How values become colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Colour map.
    pub map: Colormap,
    /// The least and the greatest value that the map tells apart.
    pub range: [f32; 2],
    /// The least value has the map's last colour.
    pub reversed: bool,
    /// Colour of pixels without a value.
    pub mask: [u8; 3],
    /// Bilinear between the cells instead of the native grid.
    pub smooth: bool,
    /// Over the RGB frame with this opacity.
    pub overlay: Option<f32>,
}

/// One picture to draw. `slot` is unique among the pictures of one window frame and stays the same from frame to
/// frame, so that buffers are made once.
#[derive(Debug, Clone)]
pub struct MapPainter {
    /// The place's number.
    pub slot: u32,
    /// What is drawn.
    pub mode: MapMode,
    /// Colours; not read by [`MapMode::Frame`].
    pub look: Look,
    /// Where.
    pub place: Place,
    /// The RGB frame, for [`MapMode::Frame`] and overlays.
    pub picture: Option<Picture>,
    /// The values, or the prediction at the truth's size.
    pub a: Option<Plane>,
    /// The ground truth.
    pub b: Option<Plane>,
    /// Width of a point of a sparse plane in its own pixels: 1 as it is, more for the eye only.
    pub points: u8,
}

/// The shader's `Params`.
#[repr(C)]
#[derive(Debug, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    origin: [f32; 2],
    size: [f32; 2],
    range: [f32; 2],
    opacity: f32,
    lut_row: u32,
    mode: u32,
    flags: u32,
    points: f32,
    pad: u32,
    mask: [f32; 4],
}

const SRGB_TARGET: u32 = 1;
const SMOOTH: u32 = 2;
const OVERLAY: u32 = 4;
const SPARSE: u32 = 8;
const REVERSED: u32 = 16;

impl MapPainter {
    fn params(&self, pixels_per_point: f32, srgb_target: bool) -> Params {
        let mut flags = 0;
        let mut set = |on: bool, flag| flags |= if on { flag } else { 0 };
        set(srgb_target, SRGB_TARGET);
        set(self.look.smooth, SMOOTH);
        set(self.look.reversed, REVERSED);
        set(self.look.overlay.is_some() && self.picture.is_some(), OVERLAY);
        let sparse = [&self.a, &self.b].into_iter().flatten().any(|plane| plane.sparse);
        set(sparse, SPARSE);
        let [r, g, b] = self.look.mask.map(|c| f32::from(c) / 255.0);
        let [low, mut high] = self.look.range;
        if low == high {
            // A constant map has one colour; the shader must not divide by zero.
            high = low + 1.0;
        }
        Params {
            origin: self.place.origin.map(|v| v * pixels_per_point),
            size: self.place.size.map(|v| (v * pixels_per_point).max(1e-3)),
            range: [low, high],
            opacity: self.look.overlay.unwrap_or(1.0),
            lut_row: lut::row(self.look.map),
            mode: match self.mode {
                MapMode::Frame | MapMode::Value => 0,
                MapMode::Error(ErrorMode::Signed) => 1,
                MapMode::Error(ErrorMode::Absolute) => 2,
                MapMode::Error(ErrorMode::Relative) => 3,
                MapMode::Error(ErrorMode::Delta1) => 4,
            },
            flags,
            points: f32::from(self.points.max(1)),
            pad: 0,
            mask: [r, g, b, 1.0],
        }
    }

    fn bound(&self) -> [u64; 3] {
        [
            self.picture.as_ref().map_or(0, |p| p.id),
            self.a.as_ref().map_or(0, |p| p.id),
            self.b.as_ref().map_or(0, |p| p.id),
        ]
    }

    fn group(&self, device: &wgpu::Device, programs: &Programs, uniform: &wgpu::Buffer) -> wgpu::BindGroup {
        let view = |plane: &Option<Plane>| plane.as_ref().map_or(programs.nothing.clone(), |p| p.view.clone());
        let frame = self.picture.as_ref().map_or(programs.nothing.clone(), |p| p.view.clone());
        let (a, b) = (view(&self.a), view(&self.b));
        let texture =
            |binding, view| wgpu::BindGroupEntry { binding, resource: wgpu::BindingResource::TextureView(view) };
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("map"),
            layout: &programs.layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: uniform.as_entire_binding() },
                texture(1, &frame),
                wgpu::BindGroupEntry { binding: 2, resource: wgpu::BindingResource::Sampler(&programs.sampler) },
                texture(3, &a),
                texture(4, &b),
                texture(5, &programs.lut),
            ],
        })
    }

    /// Makes the slot's buffers if they are new or their textures changed, and writes the uniform.
    pub(super) fn ready(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        programs: &mut Programs,
        pixels_per_point: f32,
    ) {
        let bound = self.bound();
        if programs.slots.get(&self.slot).is_none_or(|slot| slot.bound != bound) {
            let uniform = programs.slots.remove(&self.slot).map_or_else(
                || {
                    device.create_buffer(&wgpu::BufferDescriptor {
                        label: Some("map"),
                        size: size_of::<Params>() as u64,
                        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
                        mapped_at_creation: false,
                    })
                },
                |slot| slot.uniform,
            );
            let group = self.group(device, programs, &uniform);
            programs.slots.insert(self.slot, Slot { uniform, group, bound });
        }
        if let Some(slot) = programs.slots.get(&self.slot) {
            let params = self.params(pixels_per_point, programs.srgb_target);
            queue.write_buffer(&slot.uniform, 0, bytemuck::bytes_of(&params));
        }
    }

    pub(super) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, programs: &Programs) {
        let Some(slot) = programs.slots.get(&self.slot) else { return };
        let program = if self.mode == MapMode::Frame { &programs.frame } else { &programs.map };
        pass.set_pipeline(program);
        pass.set_bind_group(0, &slot.group, &[]);
        pass.draw(0..3, 0..1);
    }

    /// The shape to add to an egui painter; `visible` is the part of the window that the picture may cover.
    pub fn shape(self, visible: egui::Rect) -> egui::Shape {
        egui::Shape::Callback(Callback::new_paint_callback(visible, self))
    }
}

impl CallbackTrait for MapPainter {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(programs) = resources.get_mut::<Programs>() {
            self.ready(device, queue, programs, screen.pixels_per_point);
        }
        Vec::new()
    }

    fn paint(&self, _: PaintCallbackInfo, pass: &mut wgpu::RenderPass<'static>, resources: &CallbackResources) {
        if let Some(programs) = resources.get::<Programs>() {
            self.draw(pass, programs);
        }
    }
}
