//! How the window's wgpu device is made (design.md section 4).

use eframe::egui_wgpu::{WgpuSetup, WgpuSetupCreateNew};
use std::sync::Arc;

/// The set-up of the device that draws the window: every limit and stable feature of the adapter, because eframe's
/// defaults are too poor for pictures of 4K and more. A real GPU is preferred; a software driver draws when there
/// is nothing else. `off_screen` prefers the software driver, which gives the same picture on every machine.
pub fn window_setup(off_screen: bool) -> WgpuSetup {
    let mut setup = WgpuSetupCreateNew::without_display_handle();
    setup.device_descriptor = Arc::new(|adapter| wgpu::DeviceDescriptor {
        label: Some("window"),
        required_features: adapter.features()
            - wgpu::Features::MAPPABLE_PRIMARY_BUFFERS
            - wgpu::Features::all_experimental_mask(),
        required_limits: adapter.limits(),
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..Default::default()
    });
    setup.native_adapter_selector = Some(Arc::new(move |adapters, surface| {
        adapters
            .iter()
            .filter(|adapter| surface.is_none_or(|s| adapter.is_surface_supported(s)))
            .min_by_key(|adapter| {
                let info = adapter.get_info();
                let kind = match info.device_type {
                    wgpu::DeviceType::Cpu if off_screen => 0,
                    wgpu::DeviceType::DiscreteGpu => 1,
                    wgpu::DeviceType::IntegratedGpu => 2,
                    wgpu::DeviceType::VirtualGpu => 3,
                    wgpu::DeviceType::Other => 4,
                    wgpu::DeviceType::Cpu => 5,
                };
                (kind, info.backend == wgpu::Backend::Gl)
            })
            .cloned()
            .ok_or_else(|| "no graphics driver can draw to this display".to_owned())
    }));
    WgpuSetup::CreateNew(setup)
}
