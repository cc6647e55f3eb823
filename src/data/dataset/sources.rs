//! [`Sources`]: one or several data sets as one text, `SPEC[,split=NAME][,limit=N][,times=N] + SPEC… + …`.

use super::joined::Joined;
use super::spec::{DataSpec, typed};
use super::splits::Split;
use super::{Dataset, OpenOptions};
use crate::error::{Error, Result};
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

/// What stands between two sources.
pub const AND: &str = " + ";
/// Most often that a source may stand in an epoch.
const MOST: usize = 1000;

/// One data set of several.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The data.
    pub spec: DataSpec,
    /// Which of its frames; `None` takes what its reader takes by itself.
    pub split: Option<Split>,
    /// At most this many of them, the first ones.
    pub limit: Option<usize>,
    /// How often each stands in an epoch of a training.
    pub times: usize,
}

/// The data sets in order; at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Sources(pub Vec<Source>);

impl Sources {
    /// A word for each, unlike all others: the last part of its path.
    pub fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = Vec::new();
        for source in &self.0 {
            let word = source.spec.path().map_or("synthetic".into(), file_name);
            let same = |label: &String| label.to_lowercase() == word.to_lowercase();
            let numbered = (2..).map(|n| format!("{word}-{n}")).find(|other| !labels.contains(other));
            labels.push(if labels.iter().any(same) { numbered.unwrap_or_default() } else { word });
        }
        labels
    }

    /// Opens them: a single one as it is, several as [`Joined`]. A source's own split and limit come before those of
    /// `options`.
    ///
    /// # Errors
    /// As [`super::open`], for the first that fails.
    pub fn open(&self, options: &OpenOptions) -> Result<Arc<dyn Dataset>> {
        let open = |source: &Source| -> Result<Arc<dyn Dataset>> {
            let split = source.split.clone().or_else(|| options.split.clone());
            let limit = source.limit.or(options.limit);
            Ok(super::open(&source.spec, &OpenOptions { split, limit, ..options.clone() })?.into())
        };
        if let [only] = &self.0[..] {
            return open(only);
        }
        let parts: Vec<Arc<dyn Dataset>> = self.0.iter().map(open).collect::<Result<_>>()?;
        Ok(Arc::new(Joined::new(self.to_string(), self.labels().into_iter().zip(parts).collect())))
    }

    /// The source that a frame's name is of, and its name there.
    pub fn of<'a>(&self, name: &'a str) -> Option<(&Source, &'a str)> {
        if let [only] = &self.0[..] {
            return Some((only, name));
        }
        let own = |label: &String| name.strip_prefix(label.as_str())?.strip_prefix('/');
        self.labels().iter().zip(&self.0).find_map(|(label, source)| Some((source, own(label)?)))
    }

    /// The same without the folders of this machine.
    #[must_use]
    pub fn told(&self) -> Self {
        let told = |source: &Source| {
            let mut source = source.clone();
            if let Some(path) = source.spec.path_mut() {
                *path = file_name(path).into();
            }
            if let Some(Split::File(list)) = &mut source.split {
                *list = file_name(list).into();
            }
            source
        };
        Self(self.0.iter().map(told).collect())
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

impl FromStr for Sources {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut texts: Vec<String> = Vec::new();
        for part in text.split(AND) {
            match texts.last_mut() {
                // A folder may have a plus in its name: only a layout behind it begins another source.
                Some(before) if typed(part.trim()).is_none() => *before += &format!("{AND}{part}"),
                _ => texts.push(part.to_owned()),
            }
        }
        texts.iter().map(|text| source(text.trim())).collect::<Result<_>>().map(Self)
    }
}

fn source(text: &str) -> Result<Source> {
    let (mut spec, mut split, mut limit, mut times) = (text, None, None, 1);
    let mut focal = String::new();
    while let Some((before, option)) = spec.rsplit_once(',') {
        let Some((key, value)) = option.split_once('=') else { break };
        let wrong = |may: &str| Error::Usage(format!("--data {text}: `{option}` cannot be understood; give {may}"));
        let count = |may| value.parse::<usize>().ok().filter(|n| *n > 0).ok_or_else(|| wrong(may));
        match key {
            // It belongs to the specification, wherever it stands.
            "f" => focal = format!(",f={value}"),
            "split" => split = Some(value.parse().map_err(|_| wrong("the name of a split or a list of frames"))?),
            "limit" => limit = Some(count("limit=N with a whole number from 1")?),
            "times" => {
                times = count("times=N with a whole number from 1 to 1000")?;
                if times > MOST {
                    return Err(wrong("times=N with a whole number from 1 to 1000"));
                }
            }
            _ => break,
        }
        spec = before;
    }
    Ok(Source { spec: format!("{spec}{focal}").parse()?, split, limit, times })
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.spec)?;
        self.split.as_ref().map_or(Ok(()), |split| write!(f, ",split={split}"))?;
        self.limit.map_or(Ok(()), |limit| write!(f, ",limit={limit}"))?;
        if self.times > 1 { write!(f, ",times={}", self.times) } else { Ok(()) }
    }
}

impl fmt::Display for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(Source::to_string).collect::<Vec<_>>().join(AND))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(text: &str) -> Sources {
        text.parse().unwrap()
    }

    #[test]
    fn one_or_several_with_options_in_any_order() {
        let text = "kitti-raw:k + pairs:p@256,f=721.5,times=4 + synthetic:road,limit=24";
        let all = of(text);
        assert_eq!(all.to_string(), text);
        assert_eq!(all.0[1].spec, DataSpec::Pairs("p".into(), Some(256.0), Some(721.5)));
        assert_eq!((all.0[1].times, all.0[2].limit, all.0[0].times), (4, Some(24), 1));
        assert_eq!(of("pairs:p@256,times=4,f=721.5").0[0], all.0[1]);
        let listed = of("pairs:a + b,split=my.txt,limit=2 + nyu:d,split=nyu-train");
        assert_eq!(listed.0[0].spec, DataSpec::Pairs("a + b".into(), None, None), "a plus in a folder's name");
        assert_eq!(listed.0[0].split, Some(Split::File("my.txt".into())));
        assert_eq!((listed.0.len(), listed.0[1].split.clone()), (2, Some(Split::NyuTrain)));
        assert_eq!(of("nyu:a,b").0[0].spec, DataSpec::Nyu("a,b".into()), "a comma in a folder's name");
        for wrong in ["", "d", "nyu:d,times=0", "nyu:d,times=9999", "nyu:d,limit=x", "nyu:d + kitti-raw:"] {
            assert_eq!(wrong.parse::<Sources>().unwrap_err().exit_code(), 2, "{wrong}");
        }
    }

    #[test]
    fn labels_differ_and_lead_back() {
        let all = of("pairs:/x/road@256 + pairs:/y/road@256 + synthetic:road + kitti-raw:/z/kitti");
        assert_eq!(all.labels(), ["road", "road-2", "synthetic", "kitti"]);
        let (source, name) = all.of("road-2/cam/1").unwrap();
        assert_eq!((source, name), (&all.0[1], "cam/1"));
        assert_eq!(all.of("synthetic/road/000").unwrap().1, "road/000");
        assert!(all.of("elsewhere/1").is_none());
        assert_eq!(of("nyu:d").of("12").unwrap().1, "12");
        assert_eq!(all.told().to_string(), "pairs:road@256 + pairs:road@256 + synthetic:road + kitti-raw:kitti");
    }

    #[test]
    fn several_are_opened_as_one() {
        let options = OpenOptions { limit: Some(2), ..OpenOptions::default() };
        let all = of("synthetic:road,limit=1 + synthetic:room").open(&options).unwrap();
        assert_eq!(all.names(), ["synthetic/road/000", "synthetic-2/room/000", "synthetic-2/room/001"]);
        assert_eq!(of("synthetic:room").open(&options).unwrap().names(), ["room/000", "room/001"]);
        assert!(of("synthetic:road + nyu:/nowhere").open(&options).err().unwrap().to_string().contains("nowhere"));
    }
}
