//! `devices` and `cameras`: what can be used here.

use super::report::{print_line, say};
use crate::capture::camera;
use crate::device::{self, DeviceKind};
use crate::error::Result;
use std::process::ExitCode;

/// Lists what can compute.
pub fn run(json: bool) -> Result<ExitCode> {
    let devices = device::list();
    if json {
        for device in &devices {
            print_line(&serde_json::to_value(device).unwrap_or_default());
        }
        return Ok(ExitCode::SUCCESS);
    }
    let automatic = devices.iter().find(|d| d.kind == DeviceKind::Gpu).map_or(0, |d| d.index);
    for d in &devices {
        let kind = match d.kind {
            DeviceKind::Cpu => format!("CPU, {} threads", d.threads),
            DeviceKind::Gpu => "GPU".to_owned(),
            DeviceKind::SoftwareGpu => "software GPU driver, only for tests: chosen by its number alone".to_owned(),
        };
        let mark = if d.index == automatic { "  (auto)" } else { "" };
        say(&format!("{}  {}  [{}] {kind}{mark}", d.index, d.name, d.backend));
    }
    Ok(ExitCode::SUCCESS)
}

/// Lists the cameras.
pub fn cameras(json: bool) -> Result<ExitCode> {
    let cameras = camera::list()?;
    for c in &cameras {
        if json {
            print_line(&serde_json::to_value(c).unwrap_or_default());
            continue;
        }
        say(&format!("{}  {}", c.index, c.name));
        for f in &c.formats {
            say(&format!("   {}x{} at {} fps, {}", f.width, f.height, f.fps, f.fourcc));
        }
    }
    Ok(ExitCode::SUCCESS)
}
