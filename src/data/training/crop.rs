//! [`Crop`]: which window of a picture is looked at.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Longest side that is believed.
pub(super) const MAX_SIDE: usize = 8192;

/// A window of the picture after a resize, which is not carried out: the window is sampled from the stored pixels.
///
/// Written `none`, `center fit`, `random fit`, `center 304x228 of 320x240` or `random 513x385 of 0x385`. A 0 keeps that side as it is stored;
/// without
/// `of …` both are kept. The first is what Hu et al. do to 640×480, the second the recipe for KITTI (reference.md 3.1,
/// 6.2).
/// When the network's size is the window's, the picture is bit for bit that of resizing and cutting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Crop {
    /// The whole picture.
    #[default]
    None,
    /// The middle: left and top are half of what is left over, rounded down.
    Center {
        /// Width and height of the window.
        window: [usize; 2],
        /// Width and height of the picture that it is cut from; 0 as stored.
        canvas: [usize; 2],
    },
    /// The largest window of the shape of the network's input, so that nothing is stretched: in the middle, or anywhere.
    Fit {
        /// Anywhere, drawn uniformly.
        random: bool,
    },
    /// Whole-pixel offsets, drawn uniformly.
    Random {
        /// Width and height of the window.
        window: [usize; 2],
        /// Width and height of the picture that it is cut from; 0 as stored.
        canvas: [usize; 2],
    },
}

impl Crop {
    /// Whether the sizes make sense.
    ///
    /// # Errors
    /// [`Error::Usage`] when the window is empty, larger than its canvas, or a side is above 8192.
    pub fn check(&self) -> Result<()> {
        let (Self::Center { window, canvas } | Self::Random { window, canvas }) = *self else { return Ok(()) };
        let fits = |i: usize| {
            window[i] > 0 && window[i].max(canvas[i]) <= MAX_SIDE && (canvas[i] == 0 || window[i] <= canvas[i])
        };
        if fits(0) && fits(1) {
            return Ok(());
        }
        Err(Error::Usage(format!(
            "crop = \"{self}\" is no window of that picture; give a smaller one, such as \"{EXAMPLE}\""
        )))
    }
}

const EXAMPLE: &str = "center 304x228 of 320x240";

impl FromStr for Crop {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            Error::Usage(format!(
                "crop = {text:?} is not understood; write \"none\", \"random fit\", \"{EXAMPLE}\" or \"random 513x385\""
            ))
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let (place, window, canvas) = match words[..] {
            ["none"] => return Ok(Self::None),
            [place @ ("center" | "random"), "fit"] => return Ok(Self::Fit { random: place == "random" }),
            [place, window] => (place, window, "0x0"),
            [place, window, "of", canvas] => (place, window, canvas),
            _ => return Err(wrong()),
        };
        let (window, canvas) = (pixels(window).ok_or_else(wrong)?, pixels(canvas).ok_or_else(wrong)?);
        let crop = match place {
            "center" => Self::Center { window, canvas },
            "random" => Self::Random { window, canvas },
            _ => return Err(wrong()),
        };
        crop.check()?;
        Ok(crop)
    }
}

/// `304x228` as width and height.
pub(super) fn pixels(text: &str) -> Option<[usize; 2]> {
    let (w, h) = text.split_once('x')?;
    Some([w.parse().ok()?, h.parse().ok()?])
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, [w, h], canvas) = match self {
            Self::None => return f.write_str("none"),
            Self::Fit { random } => return f.write_str(if *random { "random fit" } else { "center fit" }),
            Self::Center { window, canvas } => ("center", window, canvas),
            Self::Random { window, canvas } => ("random", window, canvas),
        };
        write!(f, "{name} {w}x{h}")?;
        if *canvas == [0, 0] { Ok(()) } else { write!(f, " of {}x{}", canvas[0], canvas[1]) }
    }
}

impl TryFrom<String> for Crop {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Crop> for String {
    fn from(crop: Crop) -> Self {
        crop.to_string()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_it_is_read() {
        for text in
            ["none", "center fit", "random fit", "center 304x228 of 320x240", "random 513x385 of 0x385", "random 64x48"]
        {
            assert_eq!(text.parse::<Crop>().unwrap().to_string(), text);
        }
        assert_eq!("center 4x3 of 0x0".parse::<Crop>().unwrap(), "center 4x3".parse().unwrap());
        for text in [
            "",
            "center",
            "middle 3x4",
            "middle fit",
            "random fit of 3x4",
            "center 3x",
            "center 3x4 in 5x6",
            "center 9x9 of 8x9",
            "random 0x3",
            "random 9000x3",
        ] {
            let error = text.parse::<Crop>().unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().starts_with("crop = "), "{error}");
        }
    }
}
