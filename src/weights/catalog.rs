//! The weights that ship with the program, by name.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// A weights file of `models/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The name given on the command line and shown in the window.
    pub name: &'static str,
    /// True for a whole depth network; false for an encoder that training starts from.
    pub runnable: bool,
    /// One line about it.
    pub about: &'static str,
}

/// The model that is used when none is chosen.
pub const DEFAULT_MODEL: &str = "msfnet-lite0-nyu-eda";
/// The model it is compared with when none is chosen.
pub const DEFAULT_COMPARE: &str = "msfnet-lite0-nyu-cbam";
/// The model for streets.
pub const ROAD_MODEL: &str = "msfnet-lite0-road";
/// The encoder that training starts from.
pub const DEFAULT_ENCODER: &str = "efficientnet-lite0-imagenet";

/// All weights that ship, the default first.
pub const KNOWN: [Known; 4] = [
    Known {
        name: DEFAULT_MODEL,
        runnable: true,
        about: "MSFNet with the EDA gate, EfficientNet-Lite0, trained on NYU Depth V2",
    },
    Known {
        name: DEFAULT_COMPARE,
        runnable: true,
        about: "MSFNet with the CBAM-S gate, EfficientNet-Lite0, trained on NYU Depth V2",
    },
    Known {
        name: ROAD_MODEL,
        runnable: true,
        about: "MSFNet with the EDA gate for streets, several cameras; metres need the focal length",
    },
    Known {
        name: DEFAULT_ENCODER,
        runnable: false,
        about: "EfficientNet-Lite0 encoder trained on ImageNet; training starts from it, it cannot run alone",
    },
];

/// The known weights of that name.
pub fn known(name: &str) -> Option<Known> {
    KNOWN.into_iter().find(|known| known.name == name)
}

/// The file of a known name, or the path itself where a file is there. Found from any working directory.
///
/// # Errors
/// [`Error::Usage`] that lists the known names when it is neither; [`Error::File`] when a known file is not installed.
pub fn resolve(path_or_name: &str) -> Result<PathBuf> {
    if let Some(known) = known(path_or_name) {
        let relative = format!("models/{}.safetensors", known.name);
        return crate::data::assets::find(&relative).ok_or_else(|| {
            Error::file(
                &relative,
                "ships with the program and is not there",
                "set MSFNET_STUDIO_HOME to the folder that holds `models`, or restore it from the repository",
            )
        });
    }
    let path = Path::new(path_or_name);
    if path.exists() {
        return Ok(path.to_owned());
    }
    let names: Vec<&str> = KNOWN.iter().filter(|known| known.runnable).map(|known| known.name).collect();
    Err(Error::Usage(format!(
        "`{path_or_name}` is neither a file nor a known model; give a weights file or one of: {} (and {DEFAULT_ENCODER}, an encoder to train from)",
        names.join(", ")
    )))
}

/// The file of a model that is to be run: [`resolve`], with encoders refused.
///
/// # Errors
/// As [`resolve`]; [`Error::Usage`] for a known name that is an encoder alone, unless a starting point will do.
pub fn resolve_model(path_or_name: &str, start: bool) -> Result<PathBuf> {
    if !start && known(path_or_name).is_some_and(|known| !known.runnable) {
        return Err(Error::Usage(format!(
            "`{path_or_name}` is only an encoder, which cannot make depth; choose {DEFAULT_MODEL}, {DEFAULT_COMPARE} or {ROAD_MODEL}, or train from it"
        )));
    }
    resolve(path_or_name)
}
