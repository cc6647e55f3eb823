//! [`Job`]: what an evaluation is asked to do, as command line and window both put it, and the loop that does it.

use super::evaluation::{Arrived, Evaluation, Network};
use super::journal::Command;
use super::network::Measured;
use super::protocol::{Overrides, Protocol, Settings};
use super::report::{ModelFacts, Report};
use super::rows::{Baseline, RowMedians};
use crate::data::dataset::loader::{LoadOptions, Loader};
use crate::data::dataset::{self, DataSpec, Dataset, OpenOptions, Split};
use crate::depth::DepthMap;
use crate::device::{self, DeviceChoice, DeviceInfo};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::infer::model::{Model, ModelRequest};
use crate::weights::catalog;
use std::path::PathBuf;
use std::sync::Arc;

/// A network of whatever kind.
pub type AnyNetwork = Box<dyn Network>;

impl Network for AnyNetwork {
    fn facts(&self) -> &ModelFacts {
        (**self).facts()
    }

    fn depth(&self, frame: &Frame, size: Option<[usize; 2]>) -> Result<DepthMap> {
        (**self).depth(frame, size)
    }
}

/// Which models are measured on which frames, and how.
#[derive(Debug, Clone)]
pub struct Job {
    /// The data.
    pub data: DataSpec,
    /// Which of its frames, and how its depth is projected.
    pub open: OpenOptions,
    /// The way of measuring.
    pub protocol: Protocol,
    /// What is changed about it.
    pub overrides: Overrides,
    /// The models, in the order of the columns.
    pub models: Vec<ModelRequest>,
    /// Baselines beside them, behind the models.
    pub baselines: Vec<Baseline>,
    /// Where they run.
    pub device: DeviceChoice,
    /// Folder of the journal and the report; without one nothing is kept.
    pub out: Option<PathBuf>,
}

impl Job {
    /// Opens the data and loads the models on this thread; `say` is told what comes next and may end it with an error.
    ///
    /// # Errors
    /// As [`dataset::open`], [`Model::load`], [`Measured::new`] and [`Evaluation::begin`]; what `say` gives.
    pub fn begin(&self, say: &mut dyn FnMut(&str) -> Result<()>) -> Result<(Evaluation<AnyNetwork>, DeviceInfo)> {
        let settings = Settings::new(self.protocol, &self.overrides)?;
        say(&format!("opening {}", self.data))?;
        let dataset: Arc<dyn Dataset> = dataset::open(&self.data, &self.open)?.into();
        let (device, info) = device::open(self.device)?;
        let mut networks: Vec<AnyNetwork> = Vec::with_capacity(self.models.len());
        for request in &self.models {
            say(&format!("loading {}", request.path_or_name))?;
            let network = Measured::new(Model::load(request, &device)?, &settings)?;
            if network.needs_focal() {
                focal_is_known(&*dataset, &network.facts().name)?;
            }
            networks.push(Box::new(network));
        }
        for baseline in &self.baselines {
            say(&format!("reading {baseline}"))?;
            networks.push(Box::new(RowMedians::of(baseline, &self.open, &settings)?));
        }
        let all = Evaluation::begin(dataset, settings, networks, self.out.as_deref(), &self.command())?;
        Ok((all, info))
    }

    /// The job that a report came from, without its folder: for its frames to be computed once more. Models are looked for
    /// by the names that ship.
    ///
    /// # Errors
    /// When the data are no specification, or a model is of a file, whose place reports do not say.
    pub fn again(report: &Report) -> Result<Self> {
        let request = |facts: &ModelFacts| {
            let file = || Error::Failed(format!("nobody knows where the weights of {} lie", facts.name));
            catalog::known(&facts.name).map(|known| ModelRequest::named(known.name)).ok_or_else(file)
        };
        Ok(Self {
            data: report.data.parse()?,
            // Whoever wrote a split may have written any text: what is no built-in name is a path.
            open: OpenOptions { split: report.split.as_ref().and_then(|text| text.parse().ok()), ..usual_options() },
            protocol: report.settings.rules.protocol,
            overrides: report.settings.overrides(),
            models: report.models.iter().map(request).collect::<Result<_>>()?,
            baselines: Vec::new(),
            device: DeviceChoice::default(),
            out: None,
        })
    }

    /// Whether a report may be of this job: data, split and protocol are the same.
    pub fn is_of(&self, report: &Report) -> bool {
        let split = self.open.split.as_ref().map(Split::to_string);
        let by = (report.settings.rules.protocol, report.settings.overrides());
        (self.data.to_string(), split) == (report.data.clone(), report.split.clone())
            && (self.protocol, self.overrides) == by
    }

    /// What makes this run another than one with the same data, protocol and models.
    pub fn command(&self) -> Command {
        let mut command = Command::new();
        let mut add = |flag: &str, value: Option<String>| {
            command.extend(value.map(|value| (flag.to_owned(), value)));
        };
        add("--split", self.open.split.as_ref().map(Split::to_string));
        add("--limit", self.open.limit.map(|limit| limit.to_string()));
        add("--lidar", (!self.open.vel_depth).then(|| "z".to_owned()));
        add("--corrected", (!self.open.strict).then(|| "on".to_owned()));
        command
    }
}

/// Whether the camera of every frame is known, for a network whose metres depend on it. Frames that are missing are
/// skipped later, by name.
fn focal_is_known(data: &dyn Dataset, model: &str) -> Result<()> {
    let unknown = |index: &usize| matches!(data.intrinsics(*index), Ok(None));
    let Some(index) = (0..data.names().len()).find(unknown) else { return Ok(()) };
    let frame = data.names().get(index).map_or("a frame", String::as_str);
    Err(Error::Usage(format!(
        "{}: the focal length of {frame} is not known, on which the metres of {model} depend; put the calibration beside the \
         data, write `,f=PIXELS` behind pairs:DIR, or give --scaling median",
        data.spec()
    )))
}

/// How an evaluation opens its data: frames with ground truth, projected depth kept in the user's cache folder.
pub fn usual_options() -> OpenOptions {
    let dirs = directories::ProjectDirs::from("", "", "msfnet-studio");
    OpenOptions { cache: dirs.map(|dirs| dirs.cache_dir().join("depth")), truth_only: true, ..OpenOptions::default() }
}

/// Does all frames that are still to be done, read ahead on other threads. `go_on` is asked before each frame and after
/// the last, and ends it when false; it may take its time. True when nothing is left to do.
///
/// # Errors
/// As [`Evaluation::take`]; when the system gives no thread.
pub fn drive<N: Network>(all: &mut Evaluation<N>, go_on: &mut dyn FnMut(&Evaluation<N>) -> bool) -> Result<bool> {
    for loaded in Loader::start(all.dataset().clone(), all.todo(), LoadOptions::default())? {
        if !go_on(all) {
            return Ok(false);
        }
        all.take(Arrived { index: loaded.index, frame: loaded.frame, truth: loaded.truth, took: loaded.took })?;
    }
    Ok(go_on(all))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_change_what_is_measured_tell_runs_apart() {
        let mut job = Job {
            data: "synthetic:room".parse().unwrap(),
            open: usual_options(),
            protocol: Protocol::HuNyu,
            overrides: Overrides::default(),
            models: Vec::new(),
            baselines: Vec::new(),
            device: DeviceChoice::Cpu,
            out: None,
        };
        assert!(job.command().is_empty() && job.open.truth_only);
        job.open = OpenOptions { limit: Some(3), split: Some(Split::NyuTrain), vel_depth: false, ..job.open };
        let command = job.command();
        assert_eq!((command["--limit"].as_str(), command["--split"].as_str()), ("3", "nyu-train"));
        assert_eq!((command["--lidar"].as_str(), command.get("--corrected")), ("z", None));
    }

    #[test]
    fn whoever_is_told_may_end_the_opening() {
        let job = Job {
            data: "nyu:nowhere".parse().unwrap(),
            open: usual_options(),
            protocol: Protocol::HuNyu,
            overrides: Overrides::default(),
            models: Vec::new(),
            baselines: Vec::new(),
            device: DeviceChoice::Cpu,
            out: None,
        };
        let stopped = job.begin(&mut |_| Err(Error::Interrupted)).err().unwrap();
        assert!(matches!(stopped, Error::Interrupted));
        let missing = job.begin(&mut |_| Ok(())).err().unwrap();
        assert!(missing.to_string().contains("nowhere"), "{missing}");
    }
}
