//! Where networks are computed: the CPU, or a GPU through wgpu. The only place that names the GPU runtime's types.

mod gpu;

use crate::error::{Error, Result};
use burn::tensor::{Device, Tensor};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// What the person asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// A real GPU if there is one, else the CPU; never a software GPU driver.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The first real GPU.
    Gpu,
    /// The device of that number in [`list`], a software driver too.
    Index(usize),
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(s: &str) -> std::result::Result<Self, String> {
        match s {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu),
            n => n.parse().map(Self::Index).map_err(|_| {
                format!("`{n}` is no device; give auto, cpu, gpu, or a number that `msfnet-studio devices` lists")
            }),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu => f.write_str("gpu"),
            Self::Index(n) => write!(f, "{n}"),
        }
    }
}

/// What a device is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// The processor, through burn's flex backend.
    Cpu,
    /// A graphics processor.
    Gpu,
    /// A GPU driver that computes on the processor: for tests, many times slower than [`DeviceKind::Cpu`].
    SoftwareGpu,
}

/// One device that can be used here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceInfo {
    /// Its number in [`list`]; 0 is the CPU.
    pub index: usize,
    /// The maker's name for it.
    pub name: String,
    /// CPU, GPU or software driver.
    pub kind: DeviceKind,
    /// `flex`, `vulkan`, `metal`, `dx12`.
    pub backend: String,
    /// Threads that the CPU device uses; 0 for the others.
    pub threads: usize,
}

impl DeviceInfo {
    /// The device in few words, as the status bar and the JSON output name it.
    pub fn label(&self) -> String {
        match self.kind {
            DeviceKind::Cpu => format!("CPU · {} threads", self.threads),
            DeviceKind::Gpu => format!("{} · {}", self.name, self.backend),
            DeviceKind::SoftwareGpu => format!("{} · software {}", self.name, self.backend),
        }
    }
}

/// Every device of this machine: the CPU first, then the GPUs as the system lists them.
pub fn list() -> Vec<DeviceInfo> {
    let mut all = vec![cpu()];
    all.extend(gpu::list());
    all
}

fn cpu() -> DeviceInfo {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    DeviceInfo { index: 0, name: cpu_name(), kind: DeviceKind::Cpu, backend: "flex".into(), threads }
}

fn cpu_name() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|l| l.strip_prefix("model name")).and_then(|l| l.split_once(':'));
    model.map_or_else(|| "CPU".to_owned(), |(_, name)| name.trim().to_owned())
}

/// Makes the chosen device ready; the same device again gives the same runtime.
///
/// # Errors
/// When there is no such device, or its driver refuses; the sentence says what there is.
pub fn open(choice: DeviceChoice) -> Result<(Device, DeviceInfo)> {
    let pick = |kind: DeviceKind| gpu::list().into_iter().find(|d| d.kind == kind);
    let info = match choice {
        DeviceChoice::Cpu => cpu(),
        DeviceChoice::Auto => pick(DeviceKind::Gpu).unwrap_or_else(cpu),
        DeviceChoice::Gpu => pick(DeviceKind::Gpu).ok_or_else(|| {
            let software = if pick(DeviceKind::SoftwareGpu).is_some() {
                " (a software GPU driver is used only by its number)"
            } else {
                ""
            };
            Error::Failed(format!("this machine has no GPU that can be used{software}; give --device cpu"))
        })?,
        DeviceChoice::Index(n) => list().into_iter().nth(n).ok_or_else(|| {
            Error::Usage(format!("there is no device {n}; `msfnet-studio devices` lists 0 to {}", list().len() - 1))
        })?,
    };
    let device = match info.kind {
        DeviceKind::Cpu => Device::flex(),
        DeviceKind::Gpu | DeviceKind::SoftwareGpu => gpu::open(&info)?,
    };
    Ok((device, info))
}

/// Copies a tensor's values to the host, waiting for the device.
///
/// # Errors
/// When the device failed at any earlier operation: that is where it shows.
pub fn to_host<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let failed = |e: &dyn fmt::Display| {
        Error::Failed(format!("the device could not finish its computation ({e}); choose another device"))
    };
    let data = tensor.try_into_data().map_err(|e| failed(&e))?;
    data.try_into_vec::<f32>().map_err(|e| failed(&format!("{e:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_and_written() {
        for text in ["auto", "cpu", "gpu", "3"] {
            assert_eq!(text.parse::<DeviceChoice>().map(|c| c.to_string()), Ok(text.to_owned()));
        }
        assert!("cuda:0".parse::<DeviceChoice>().is_err_and(|e| e.contains("cuda:0")));
    }

    #[test]
    fn the_cpu_is_number_zero_and_a_wrong_number_says_what_there_is() {
        let all = list();
        assert_eq!(all[0].kind, DeviceKind::Cpu);
        assert!(all.iter().enumerate().all(|(i, d)| d.index == i));
        let error = open(DeviceChoice::Index(99)).err().map(|e| e.to_string());
        assert!(error.is_some_and(|e| e.contains("99")));
    }

    #[test]
    fn automatic_choice_never_takes_a_software_driver() {
        let chosen = open(DeviceChoice::Auto).map(|(_, info)| info.kind);
        assert!(chosen.is_ok_and(|kind| kind != DeviceKind::SoftwareGpu));
    }
}
