//! [`DataSpec`]: where data are and in which layout, as one word of the command line.

use super::splits::Split;
use crate::error::{Error, Result};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// All forms, for messages.
pub const FORMS: &str = "nyu-mat:FILE, nyu-mat-raw:FILE, nyu:DIR, kitti-raw:DIR, kitti-depth:DIR, pairs:DIR[@SCALE][,f=PIXELS], \
                         frames:DIR, synthetic:room and synthetic:road";

/// What a data set is of: decides which protocols fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataKind {
    /// Frames of NYU-Depth-v2.
    Nyu,
    /// Frames of KITTI.
    Kitti,
    /// Anything else.
    Other,
}

impl DataKind {
    /// The built-in splits of it.
    pub fn splits(self) -> &'static [Split] {
        match self {
            Self::Nyu => &[Split::NyuTest, Split::NyuTrain, Split::NyuHoldout, Split::NyuTrainRest],
            Self::Kitti => &[Split::Eigen, Split::EigenBenchmark],
            Self::Other => &[],
        }
    }
}

/// Which of the two depths of NYU's labelled file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NyuDepth {
    /// `depths`: holes filled in.
    Filled,
    /// `rawDepths`: as measured, 0 where nothing was.
    Raw,
}

/// Which procedural scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SceneKind {
    /// A furnished room, metres.
    Room,
    /// A street with cars and LiDAR.
    Road,
}

/// Where data are and in which layout.
#[derive(Debug, Clone, PartialEq)]
pub enum DataSpec {
    /// `nyu-mat:FILE`, or `nyu-mat-raw:FILE` for the raw depth: the labelled MATLAB 7.3 file (reference.md 7.1).
    NyuMat(PathBuf, NyuDepth),
    /// `nyu:DIR`: `rgb/N.jpg`, `depth/N.png`, `splits.csv`; or DenseDepth's archive, a folder with CSV lists or one list.
    Nyu(PathBuf),
    /// `kitti-raw:DIR`: raw drives by date (reference.md 7.3).
    KittiRaw(PathBuf),
    /// `kitti-depth:DIR`: annotated depth (reference.md 7.5).
    KittiDepth(PathBuf),
    /// `pairs:DIR` or `pairs:DIR@SCALE`: pictures and depth of equal stems; uint16 values divided by the scale are metres.
    /// With `,f=PIXELS` behind it the focal length of the pictures that its `intrinsics.json` does not name.
    Pairs(PathBuf, Option<f64>, Option<f64>),
    /// `frames:DIR` or `frames:VIDEO`: a sequence without ground truth.
    Frames(PathBuf),
    /// `synthetic:room`, `synthetic:road`: scenes made here.
    Synthetic(SceneKind),
}

impl DataSpec {
    /// What the data are of. Pairs may be of anything, so no protocol is refused for them on this ground.
    pub fn kind(&self) -> DataKind {
        match self {
            Self::NyuMat(..) | Self::Nyu(_) => DataKind::Nyu,
            Self::KittiRaw(_) | Self::KittiDepth(_) => DataKind::Kitti,
            Self::Pairs(..) | Self::Frames(_) | Self::Synthetic(_) => DataKind::Other,
        }
    }
}

impl DataSpec {
    /// The folder or file; `None` for scenes made here.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::NyuMat(path, _)
            | Self::Nyu(path)
            | Self::KittiRaw(path)
            | Self::KittiDepth(path)
            | Self::Pairs(path, ..)
            | Self::Frames(path) => Some(path),
            Self::Synthetic(_) => None,
        }
    }

    /// The same, to be changed.
    pub(super) fn path_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::NyuMat(path, _)
            | Self::Nyu(path)
            | Self::KittiRaw(path)
            | Self::KittiDepth(path)
            | Self::Pairs(path, ..)
            | Self::Frames(path) => Some(path),
            Self::Synthetic(_) => None,
        }
    }
}

/// What a person typed, if it begins as a specification does: what it means, or what is wrong with it.
pub fn typed(text: &str) -> Option<Result<DataSpec>> {
    const BEGIN: [&str; 8] =
        ["nyu-mat", "nyu-mat-raw", "nyu", "kitti-raw", "kitti-depth", "pairs", "frames", "synthetic"];
    let (form, _) = text.split_once(':')?;
    BEGIN.contains(&form).then(|| text.parse())
}

impl FromStr for DataSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |what: &str| Error::Usage(format!("--data {text} {what}; give one of {FORMS}"));
        let (form, rest) = text.split_once(':').ok_or_else(|| wrong("does not say its layout"))?;
        if rest.is_empty() {
            return Err(wrong("does not say where the data are"));
        }
        let path = PathBuf::from(rest);
        Ok(match form {
            "nyu-mat" => Self::NyuMat(path, NyuDepth::Filled),
            "nyu-mat-raw" => Self::NyuMat(path, NyuDepth::Raw),
            "nyu" => Self::Nyu(path),
            "kitti-raw" => Self::KittiRaw(path),
            "kitti-depth" => Self::KittiDepth(path),
            "pairs" => pairs(rest).map_err(wrong)?,
            "frames" => Self::Frames(path),
            "synthetic" => match rest {
                "room" => Self::Synthetic(SceneKind::Room),
                "road" => Self::Synthetic(SceneKind::Road),
                _ => return Err(wrong("is no scene that can be made")),
            },
            _ => return Err(wrong("is in no layout known here")),
        })
    }
}

/// What stands behind `pairs:`; else what is wrong with it.
fn pairs(rest: &str) -> Result<DataSpec, &'static str> {
    let number = |text: &str| text.parse::<f64>().ok();
    let positive = |value: f64, what| if value.is_finite() && value > 0.0 { Ok(Some(value)) } else { Err(what) };
    let (rest, focal) = match rest.rsplit_once(",f=").and_then(|(before, text)| Some((before, number(text)?))) {
        Some((before, focal)) => (before, positive(focal, "has a focal length that is no positive number of pixels")?),
        None => (rest, None),
    };
    Ok(match rest.rsplit_once('@').and_then(|(folder, text)| Some((folder, number(text)?))) {
        // Only a number behind the last @ is a scale: folders may have an @ in their name.
        Some((folder, scale)) if !folder.is_empty() => {
            DataSpec::Pairs(folder.into(), positive(scale, "has a scale that is no positive number")?, focal)
        }
        _ => DataSpec::Pairs(rest.into(), None, focal),
    })
}

impl fmt::Display for DataSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NyuMat(path, NyuDepth::Filled) => write!(f, "nyu-mat:{}", path.display()),
            Self::NyuMat(path, NyuDepth::Raw) => write!(f, "nyu-mat-raw:{}", path.display()),
            Self::Nyu(path) => write!(f, "nyu:{}", path.display()),
            Self::KittiRaw(path) => write!(f, "kitti-raw:{}", path.display()),
            Self::KittiDepth(path) => write!(f, "kitti-depth:{}", path.display()),
            Self::Pairs(path, scale, focal) => {
                write!(f, "pairs:{}", path.display())?;
                scale.map_or(Ok(()), |scale| write!(f, "@{scale}"))?;
                focal.map_or(Ok(()), |focal| write!(f, ",f={focal}"))
            }
            Self::Frames(path) => write!(f, "frames:{}", path.display()),
            Self::Synthetic(SceneKind::Room) => f.write_str("synthetic:room"),
            Self::Synthetic(SceneKind::Road) => f.write_str("synthetic:road"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written_back() {
        let forms = [
            ("nyu-mat:/d/a.mat", DataSpec::NyuMat("/d/a.mat".into(), NyuDepth::Filled)),
            ("nyu-mat-raw:a.mat", DataSpec::NyuMat("a.mat".into(), NyuDepth::Raw)),
            ("nyu:d", DataSpec::Nyu("d".into())),
            ("kitti-raw:C:\\kitti", DataSpec::KittiRaw("C:\\kitti".into())),
            ("kitti-depth:d", DataSpec::KittiDepth("d".into())),
            ("pairs:d", DataSpec::Pairs("d".into(), None, None)),
            ("pairs:d@256", DataSpec::Pairs("d".into(), Some(256.0), None)),
            ("pairs:d@2@0.5", DataSpec::Pairs("d@2".into(), Some(0.5), None)),
            ("pairs:me@home", DataSpec::Pairs("me@home".into(), None, None)),
            ("pairs:d@256,f=721.5", DataSpec::Pairs("d".into(), Some(256.0), Some(721.5))),
            ("pairs:d,f=x,f=9", DataSpec::Pairs("d,f=x".into(), None, Some(9.0))),
            ("frames:v.mp4", DataSpec::Frames("v.mp4".into())),
            ("synthetic:room", DataSpec::Synthetic(SceneKind::Room)),
            ("synthetic:road", DataSpec::Synthetic(SceneKind::Road)),
        ];
        for (text, spec) in forms {
            assert_eq!(text.parse::<DataSpec>().unwrap(), spec);
            assert_eq!(spec.to_string(), text);
        }
    }

    #[test]
    fn a_wrong_one_lists_the_forms_and_is_a_matter_of_usage() {
        for text in [
            "",
            "nyu",
            "nyu:",
            "d",
            "kitti:d",
            "synthetic:sea",
            "pairs:d@0",
            "pairs:d@-1",
            "pairs:d@inf",
            "pairs:d@NaN",
            "pairs:d,f=0",
            "pairs:d@256,f=-3",
        ] {
            let error = text.parse::<DataSpec>().unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains("pairs:DIR[@SCALE]"), "{error}");
        }
    }

    #[test]
    fn kinds() {
        let kind = |text: &str| text.parse::<DataSpec>().unwrap().kind();
        assert_eq!([kind("nyu-mat:a"), kind("nyu:a")], [DataKind::Nyu; 2]);
        assert_eq!([kind("kitti-raw:a"), kind("kitti-depth:a")], [DataKind::Kitti; 2]);
        assert_eq!([kind("pairs:a"), kind("frames:a"), kind("synthetic:room")], [DataKind::Other; 3]);
    }
}
