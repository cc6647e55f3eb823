//! [`Gpu`]: the window's device, the drawing programs and the textures made on it.

use super::lut;
use eframe::egui_wgpu::RenderState;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A handle on the window's device from which any thread may make textures; cheap to clone.
#[derive(Clone, Debug)]
pub struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
}

/// What every [`super::MapPainter`] shares, kept by egui's renderer.
pub(super) struct Programs {
    pub frame: wgpu::RenderPipeline,
    pub map: wgpu::RenderPipeline,
    pub layout: wgpu::BindGroupLayout,
    pub sampler: wgpu::Sampler,
    pub lut: wgpu::TextureView,
    /// Stands for a texture that a mode does not read.
    pub nothing: wgpu::TextureView,
    pub srgb_target: bool,
    pub slots: HashMap<u32, Slot>,
}

/// One place on the screen that a picture is drawn in: its uniform, and the bind group of its textures.
pub(super) struct Slot {
    pub uniform: wgpu::Buffer,
    pub group: wgpu::BindGroup,
    /// Ids of the textures that `group` binds.
    pub bound: [u64; 3],
}

impl Gpu {
    /// Builds the programs on the window's device and hands them to egui's renderer.
    pub fn new(state: &RenderState) -> Self {
        let gpu = Self { device: state.device.clone(), queue: state.queue.clone() };
        let programs = gpu.programs(state.target_format);
        state.renderer.write().callback_resources.insert(programs);
        gpu
    }

    /// The widest and highest texture that is made. Larger pictures are shrunk for display only: a texture of
    /// 16384² would take over a gigabyte for detail that no screen shows at once.
    pub fn max_side(&self) -> u32 {
        self.device.limits().max_texture_dimension_2d.min(8192)
    }

    /// A number that no other texture of this process has.
    pub(super) fn next_id(&self) -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        NEXT.fetch_add(1, Ordering::Relaxed)
    }

    /// A texture with its levels, uploaded; `levels[i]` has the bytes of the i-th, half as wide and high each.
    pub(super) fn texture(
        &self,
        label: &str,
        [width, height]: [u32; 2],
        format: wgpu::TextureFormat,
        levels: &[Arc<[u8]>],
    ) -> wgpu::TextureView {
        let texture = self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some(label),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: levels.len() as u32,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        for (level, bytes) in levels.iter().enumerate() {
            let (w, h) = ((width >> level).max(1), (height >> level).max(1));
            // Every format used here has four bytes a texel.
            self.queue.write_texture(
                wgpu::TexelCopyTextureInfo {
                    texture: &texture,
                    mip_level: level as u32,
                    origin: wgpu::Origin3d::ZERO,
                    aspect: wgpu::TextureAspect::All,
                },
                bytes,
                wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(4 * w), rows_per_image: Some(h) },
                wgpu::Extent3d { width: w, height: h, depth_or_array_layers: 1 },
            );
        }
        texture.create_view(&wgpu::TextureViewDescriptor::default())
    }

    pub(super) fn programs(&self, target: wgpu::TextureFormat) -> Programs {
        let device = &self.device;
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("maps"),
            source: wgpu::ShaderSource::Wgsl(include_str!("../../shaders/maps.wgsl").into()),
        });
        let texture = |binding, filterable| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty: wgpu::BindingType::Texture {
                sample_type: wgpu::TextureSampleType::Float { filterable },
                view_dimension: wgpu::TextureViewDimension::D2,
                multisampled: false,
            },
            count: None,
        };
        let other = |binding, ty| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty,
            count: None,
        };
        let uniform = wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset: false,
            min_binding_size: None,
        };
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("maps"),
            entries: &[
                other(0, uniform),
                texture(1, true),
                other(2, wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering)),
                texture(3, false),
                texture(4, false),
                texture(5, false),
            ],
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("maps"),
            bind_group_layouts: &[Some(&layout)],
            ..Default::default()
        });
        let pipeline = |entry_point| {
            device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some(entry_point),
                layout: Some(&pipeline_layout),
                vertex: wgpu::VertexState {
                    module: &module,
                    entry_point: Some("vs"),
                    compilation_options: Default::default(),
                    buffers: &[],
                },
                fragment: Some(wgpu::FragmentState {
                    module: &module,
                    entry_point: Some(entry_point),
                    compilation_options: Default::default(),
                    targets: &[Some(target.into())],
                }),
                primitive: Default::default(),
                depth_stencil: None,
                multisample: Default::default(),
                multiview_mask: None,
                cache: None,
            })
        };
        // Nearest above 1:1 and between levels below it: what a pixel shows is never a mixture when enlarged.
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("frame"),
            mag_filter: wgpu::FilterMode::Nearest,
            min_filter: wgpu::FilterMode::Linear,
            mipmap_filter: wgpu::MipmapFilterMode::Linear,
            ..Default::default()
        });
        let (width, height, bytes) = lut::table();
        let rgba = wgpu::TextureFormat::Rgba8Unorm;
        Programs {
            frame: pipeline("fs_frame"),
            map: pipeline("fs_map"),
            lut: self.texture("colour maps", [width, height], rgba, &[bytes.into()]),
            nothing: self.texture("nothing", [1, 1], rgba, &[Arc::from([0_u8; 4])]),
            layout,
            sampler,
            srgb_target: target.is_srgb(),
            slots: HashMap::new(),
        }
    }

    #[cfg(test)]
    pub(super) fn parts(&self) -> (&wgpu::Device, &wgpu::Queue) {
        (&self.device, &self.queue)
    }

    #[cfg(test)]
    pub(super) fn from_parts(device: wgpu::Device, queue: wgpu::Queue) -> Self {
        Self { device, queue }
    }
}
