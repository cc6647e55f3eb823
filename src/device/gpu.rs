//! GPUs through wgpu: our own adapter list, so that a number always means the same adapter.

use super::{DeviceInfo, DeviceKind};
use crate::error::{Error, Result};
use burn::tensor::Device;
use burn::tensor::wgpu::{WgpuSetup, wgpu};
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The instance and its adapters, enumerated once a process.
struct Adapters {
    instance: wgpu::Instance,
    adapters: Vec<wgpu::Adapter>,
}

fn adapters() -> &'static Adapters {
    static ALL: OnceLock<Adapters> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
        // Primary back ends only: OpenGL would list every GPU a second time and cannot run every kernel.
        descriptor.backends &= wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
        let backends = descriptor.backends;
        let instance = wgpu::Instance::new(descriptor);
        let adapters = pollster::block_on(instance.enumerate_adapters(backends));
        Adapters { instance, adapters }
    })
}

/// The GPUs and software drivers of this machine, numbered from 1.
pub(super) fn list() -> Vec<DeviceInfo> {
    let describe = |(i, adapter): (usize, &wgpu::Adapter)| {
        let info = adapter.get_info();
        let software = info.device_type == wgpu::DeviceType::Cpu;
        DeviceInfo {
            index: i + 1,
            name: info.name.clone(),
            kind: if software { DeviceKind::SoftwareGpu } else { DeviceKind::Gpu },
            backend: info.backend.to_str().to_owned(),
            threads: 0,
        }
    };
    adapters().adapters.iter().enumerate().map(describe).collect()
}

/// The burn device on an adapter of [`list`]; made once, shared afterwards (each registration is a new runtime).
pub(super) fn open(info: &DeviceInfo) -> Result<Device> {
    static OPENED: Mutex<BTreeMap<usize, Device>> = Mutex::new(BTreeMap::new());
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(device) = opened.get(&info.index) {
        return Ok(device.clone());
    }
    let failed = |e: &dyn std::fmt::Display| {
        Error::Failed(format!("{} refuses to compute ({e}); choose another device or update its driver", info.name))
    };
    let all = adapters();
    let adapter = all.adapters.get(info.index - 1).ok_or_else(|| failed(&"it is gone"))?;
    let features = adapter.features() - wgpu::Features::MAPPABLE_PRIMARY_BUFFERS;
    let request = adapter.request_device(&wgpu::DeviceDescriptor {
        label: Some("msfnet compute"),
        required_features: features - wgpu::Features::all_experimental_mask(),
        required_limits: adapter.limits(),
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..Default::default()
    });
    let (device, queue) = pollster::block_on(request).map_err(|e| failed(&e))?;
    let setup = WgpuSetup {
        instance: all.instance.clone(),
        adapter: adapter.clone(),
        device,
        queue,
        backend: adapter.get_info().backend,
    };
    let device = Device::wgpu_options().setup(setup).init().map_err(|e| failed(&e))?;
    opened.insert(info.index, device.clone());
    Ok(device)
}
