//! [`Setup`]: what a person chose to have evaluated, and the job that it makes.

use crate::data::dataset::{DataKind, DataSpec, Split};
use crate::device::DeviceChoice;
use crate::eval::job::{Job, usual_options};
use crate::eval::protocol::fit::{self, TruthFacts};
use crate::eval::protocol::{Overrides, Protocol, Settings};
use crate::eval::report::{ModelFacts, Report};
use crate::infer::model::ModelRequest;
use crate::infer::prediction::ModelInfo;
use crate::weights::catalog::{DEFAULT_MODEL, KNOWN};
use std::path::{Path, PathBuf};

/// A model that can be chosen.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// What loads it.
    pub request: ModelRequest,
    /// What it is called.
    pub name: String,
    /// One line about it.
    pub about: String,
}

/// The choices.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The data as the command line takes it.
    pub data: String,
    /// The data set of the window that was offered last: nobody who clears the field gets it twice.
    pub offered: String,
    /// A split's name or file; empty for none.
    pub split: String,
    /// At most so many frames; 0 for all.
    pub limit: usize,
    /// Names or paths of the models, in the order of the columns.
    pub models: Vec<String>,
    /// Weights that were added by hand.
    pub files: Vec<PathBuf>,
    /// How to measure.
    pub protocol: Protocol,
    /// What is changed about it.
    pub overrides: Overrides,
    /// Folder for journal and report; empty keeps nothing.
    pub out: String,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            data: String::new(),
            offered: String::new(),
            split: String::new(),
            limit: 0,
            models: vec![DEFAULT_MODEL.to_owned()],
            files: Vec::new(),
            protocol: Protocol::HuNyu,
            overrides: Overrides::default(),
            out: String::new(),
        }
    }
}

impl Setup {
    /// Offers the data set that is open where nothing was chosen yet.
    pub fn offer(&mut self, open: &str) {
        if self.offered != open {
            open.clone_into(&mut self.offered);
            if self.data.trim().is_empty() {
                open.clone_into(&mut self.data);
                self.settle_protocol();
            }
        }
    }

    /// Takes over what an earlier run was asked for: Run goes on in its folder, or does it again. Weights that neither ship
    /// nor were added here must be ticked by the person: results do not say where they lay.
    pub fn refill(&mut self, report: &Report, folder: &Path) {
        self.data.clone_from(&report.data);
        self.offered.clone_from(&report.data);
        self.split = report.split.clone().unwrap_or_default();
        self.limit = 0;
        self.protocol = report.settings.rules.protocol;
        self.overrides = report.settings.overrides();
        self.out = folder.display().to_string();
        let ticked = |facts: &ModelFacts| {
            let ships = KNOWN.iter().any(|known| known.runnable && known.name == facts.name);
            let stem = |file: &&PathBuf| file.file_stem().is_some_and(|stem| stem.to_string_lossy() == facts.name);
            let added = || self.files.iter().find(stem).map(|file| file.display().to_string());
            if ships { Some(facts.name.clone()) } else { added() }
        };
        self.models = report.models.iter().filter_map(ticked).collect();
    }

    /// Everything that can be chosen: what ships, what is loaded, what was added.
    pub fn candidates(&self, loaded: [Option<&ModelInfo>; 2]) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = Vec::new();
        for known in KNOWN.iter().filter(|known| known.runnable) {
            let request = ModelRequest::named(known.name);
            all.push(Candidate { request, name: known.name.to_owned(), about: known.about.to_owned() });
        }
        for info in loaded.into_iter().flatten() {
            let path = info.path.display().to_string();
            if all.iter().any(|c| c.name == info.name || c.request.path_or_name == path) {
                continue;
            }
            // What the weights could not say was answered when they were loaded.
            let config = &info.config;
            let request = ModelRequest {
                gate: Some(config.network.gate()),
                unit: Some(config.unit),
                train_size: Some(config.train_size),
                start: !info.random.is_empty(),
                ..ModelRequest::named(path)
            };
            all.push(Candidate { request, name: info.name.clone(), about: "loaded in the window".to_owned() });
        }
        for file in &self.files {
            let path = file.display().to_string();
            if all.iter().all(|c| c.request.path_or_name != path) {
                let name = file.file_stem().map_or_else(|| path.clone(), |n| n.to_string_lossy().into_owned());
                all.push(Candidate { request: ModelRequest::named(path.clone()), name, about: path });
            }
        }
        all
    }

    /// The data, when they are written as they should be.
    ///
    /// # Errors
    /// One sentence with the forms.
    pub fn spec(&self) -> Result<DataSpec, String> {
        if self.data.trim().is_empty() {
            return Err("choose the data first".to_owned());
        }
        self.data.trim().parse::<DataSpec>().map_err(|error| error.to_string())
    }

    /// Why a protocol is not for these data; `None` when it may be.
    pub fn why_not(&self, protocol: Protocol) -> Option<String> {
        let spec = self.spec().ok()?;
        let facts = TruthFacts { kind: spec.kind(), source: None, size: None };
        if let Err(error) = fit::check(protocol, &spec.to_string(), &facts) {
            return Some(error.to_string());
        }
        // What the first frame would show is known of these two layouts without reading it.
        let png = matches!(protocol, Protocol::MdBenchmark | Protocol::BtsKitti);
        match spec {
            DataSpec::KittiRaw(_) if png => {
                Some("needs depth in PNG files, and raw drives have LiDAR: open kitti-depth: or pairs:".to_owned())
            }
            DataSpec::KittiDepth(_) if protocol == Protocol::MdEigen => {
                Some("is for raw LiDAR, and these are improved depth maps: open kitti-raw:".to_owned())
            }
            DataSpec::Frames(_) => Some("a sequence of pictures has no ground truth to measure by".to_owned()),
            _ => None,
        }
    }

    /// Why a split is not for these data; `None` when it may be.
    pub fn why_not_split(&self, split: &Split) -> Option<&'static str> {
        let kind = self.spec().ok()?.kind();
        let of = |other: DataKind| kind != other && other.splits().contains(split);
        match (of(DataKind::Nyu), of(DataKind::Kitti)) {
            (true, _) => Some("asks for frames of NYU"),
            (_, true) => Some("asks for frames of KITTI"),
            _ => None,
        }
    }

    /// Takes the first protocol that is for the data, when the present one is not.
    pub fn settle_protocol(&mut self) {
        if self.why_not(self.protocol).is_some()
            && let Some(right) = Protocol::ALL.into_iter().find(|other| self.why_not(*other).is_none())
        {
            self.protocol = right;
            self.overrides = Overrides::default();
        }
    }

    /// The protocol with its changes.
    ///
    /// # Errors
    /// One sentence for a cap that is no length.
    pub fn settings(&self) -> Result<Settings, String> {
        Settings::new(self.protocol, &self.overrides).map_err(|error| error.to_string())
    }

    /// What Run runs.
    ///
    /// # Errors
    /// What is still to be chosen, or does not go together, in one sentence.
    pub fn job(&self, device: DeviceChoice, candidates: &[Candidate]) -> Result<Job, String> {
        let data = self.spec()?;
        if let Some(why) = self.why_not(self.protocol) {
            return Err(why);
        }
        self.settings()?;
        let request = |name: &String| candidates.iter().find(|c| c.request.path_or_name == *name);
        let models: Vec<ModelRequest> = self.models.iter().filter_map(request).map(|c| c.request.clone()).collect();
        if models.is_empty() {
            return Err("tick a model first".to_owned());
        }
        let split = match self.split.trim() {
            "" => None,
            text => Some(text.parse::<Split>().map_err(|error| error.to_string())?),
        };
        if let Some(why) = split.as_ref().and_then(|split| self.why_not_split(split)) {
            return Err(format!("the split {} {why}", self.split));
        }
        let limit = (self.limit > 0).then_some(self.limit);
        let out = Some(self.out.trim()).filter(|out| !out.is_empty()).map(PathBuf::from);
        let (open, protocol, overrides) =
            (crate::data::dataset::OpenOptions { split, limit, ..usual_options() }, self.protocol, self.overrides);
        Ok(Job { data, open, protocol, overrides, models, baselines: Vec::new(), device, out })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn setup(data: &str) -> Setup {
        Setup { data: data.to_owned(), ..Setup::default() }
    }

    #[test]
    fn what_is_missing_is_said_before_anything_runs() {
        let candidates = Setup::default().candidates([None, None]);
        let why = |setup: &Setup| setup.job(DeviceChoice::Cpu, &candidates).unwrap_err();
        assert!(why(&setup("")).contains("choose the data"));
        assert!(why(&setup("nyu")).contains("pairs:DIR[@SCALE]"));
        assert!(why(&Setup { models: Vec::new(), ..setup("nyu:d") }).contains("tick a model"));
        assert!(why(&setup("kitti-raw:d")).contains("hu_nyu is not for"));
        assert!(why(&Setup { split: "eigen".into(), ..setup("nyu:d") }).contains("asks for frames of KITTI"));
        let cap = Overrides { cap: Some(-1.0), ..Overrides::default() };
        assert!(why(&Setup { overrides: cap, ..setup("nyu:d") }).contains("--cap -1"));
        let good = Setup { limit: 12, out: " o ".into(), split: "nyu-train".into(), ..setup("nyu:d") };
        let job = good.job(DeviceChoice::Cpu, &candidates).unwrap();
        assert_eq!((job.open.limit, job.out, job.models.len()), (Some(12), Some(PathBuf::from("o")), 1));
        assert_eq!(job.open.split, Some(Split::NyuTrain));
    }

    #[test]
    fn an_earlier_run_fills_the_form() {
        let mut report = crate::ui::evaluate::tests::report();
        report.models[0].name = DEFAULT_MODEL.to_owned();
        report.models[1].name = "mine".to_owned();
        report.settings =
            Settings::new(Protocol::DdNyu, &Overrides { cap: Some(8.0), ..Overrides::default() }).unwrap();
        let mut setup = Setup { limit: 7, files: vec!["w/mine.pth".into()], ..setup("kitti-raw:d") };
        setup.refill(&report, Path::new("o"));
        assert_eq!((setup.data.as_str(), setup.split.as_str(), setup.limit), ("nyu:somewhere", "nyu-train", 0));
        assert_eq!((setup.protocol, setup.overrides.cap, setup.out.as_str()), (Protocol::DdNyu, Some(8.0), "o"));
        assert_eq!(setup.models, [DEFAULT_MODEL, "w/mine.pth"]);
        setup.files.clear();
        setup.refill(&report, Path::new("o"));
        assert_eq!(setup.models, [DEFAULT_MODEL], "nobody knows where the other lay");
    }

    #[test]
    fn the_open_data_set_is_offered_once_and_overrides_nothing() {
        let mut setup = setup("");
        setup.offer("kitti-raw:d");
        assert_eq!((setup.data.as_str(), setup.protocol), ("kitti-raw:d", Protocol::MdEigen));
        setup.data.clear();
        setup.offer("kitti-raw:d");
        assert!(setup.data.is_empty());
        setup.data = "nyu:mine".to_owned();
        setup.offer("nyu:other");
        assert_eq!(setup.data, "nyu:mine");
    }

    #[test]
    fn protocols_that_do_not_fit_say_why() {
        let raw = setup("kitti-raw:d");
        assert!(raw.why_not(Protocol::BtsKitti).unwrap().contains("PNG"));
        assert!(raw.why_not(Protocol::HuNyu).is_some() && raw.why_not(Protocol::MdEigen).is_none());
        assert!(setup("frames:d").why_not(Protocol::HuNyu).unwrap().contains("no ground truth"));
        let mut raw = raw;
        raw.settle_protocol();
        assert_eq!(raw.protocol, Protocol::MdEigen);
    }
}
