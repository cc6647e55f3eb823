//! Measuring at many sizes: over a data set, as one [`Evaluation`] in which every network at every size is a model of its own;
//! or on one picture, as `infer` does.

use super::{Found, ModelSizes, Numbers, SizeRow, SizeTable, with_training};
use crate::data::dataset::{self, Dataset};
use crate::data::truth::Truth;
use crate::depth::DepthMap;
use crate::device::{self, DeviceInfo};
use crate::error::{Error, Result};
use crate::eval::evaluation::{Evaluation, Network};
use crate::eval::job::Job;
use crate::eval::network::Measured;
use crate::eval::protocol::{MeasureSettings, Overrides, Scaling, Settings};
use crate::eval::report::{ModelFacts, Report};
use crate::frame::Frame;
use crate::infer::engine::guarded;
use crate::infer::measure::measure;
use crate::infer::model::Model;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// The last answers of a network at a size, with the pictures that they are about: raw and scaled numbers are of one forward
/// pass. Two, as the mirror image may be asked too.
type Answers = Rc<RefCell<Vec<(Vec<u8>, DepthMap)>>>;

/// A network at one size under one scaling.
pub struct AtSize {
    model: Rc<Model>,
    size: [usize; 2],
    facts: ModelFacts,
    answers: Answers,
}

impl Network for AtSize {
    fn facts(&self) -> &ModelFacts {
        &self.facts
    }

    fn depth(&self, frame: &Frame, _: Option<[usize; 2]>) -> Result<DepthMap> {
        let known = |answers: &Vec<(Vec<u8>, DepthMap)>| {
            answers.iter().find(|(rgb, _)| *rgb == frame.rgb).map(|(_, depth)| depth.clone())
        };
        if let Some(depth) = known(&self.answers.borrow()) {
            return Ok(depth);
        }
        let depth = guarded(|| self.model.depth(frame, Some(self.size)))?;
        let mut answers = self.answers.borrow_mut();
        if answers.len() == 2 {
            answers.remove(0);
        }
        answers.push((frame.rgb.clone(), depth.clone()));
        Ok(depth)
    }
}

/// A row of the table to be: its size, and the columns of the evaluation that fill it, or why there are none.
struct Place {
    size: [usize; 2],
    columns: Result<[Option<usize>; 2], String>,
}

/// The rows of each network to be.
pub struct Places(Vec<(Rc<Model>, Vec<Place>)>);

/// Opens the data of a job and loads its models, each at every size; whoever drives the evaluation to its end gives its report
/// to [`Places::table`]. The journal in the job's folder is one of this table only.
///
/// # Errors
/// As [`Job::begin`].
pub fn begin(
    job: &Job,
    sizes: &[[usize; 2]],
    say: &mut dyn FnMut(&str) -> Result<()>,
) -> Result<(Evaluation<AtSize>, Places, DeviceInfo)> {
    let scaled = |scaling| Settings::new(job.protocol, &Overrides { scaling, size: None, ..job.overrides });
    let (settings, under) = (scaled(None)?, [scaled(Some(Scaling::None))?, scaled(Some(Scaling::Median))?]);
    say(&format!("opening {}", job.data))?;
    let dataset: Arc<dyn Dataset> = dataset::open(&job.data, &job.open)?.into();
    let (device, info) = device::open(job.device)?;
    let (mut networks, mut places) = (Vec::new(), Vec::new());
    for request in &job.models {
        say(&format!("loading {}", request.path_or_name))?;
        let model = Rc::new(Model::load(request, &device)?);
        let rows = with_training(sizes, model.info.config.train_size);
        let rows = rows.into_iter().map(|size| place(&model, size, &under, &mut networks));
        let rows = rows.collect::<Result<Vec<Place>>>()?;
        places.push((model, rows));
    }
    let all = Evaluation::begin(dataset, settings, networks, job.out.as_deref(), &job.command())?;
    Ok((all, Places(places), info))
}

fn place(model: &Rc<Model>, size: [usize; 2], under: &[Settings; 2], networks: &mut Vec<AtSize>) -> Result<Place> {
    if let Err(error) = model.checked(size) {
        return Ok(Place { size, columns: Err(error.to_string()) });
    }
    let answers = Answers::default();
    let mut columns = [None; 2];
    for (column, settings) in columns.iter_mut().zip(under) {
        let mut facts = match Measured::<&Model>::new(model, settings) {
            Ok(measured) => measured.facts().clone(),
            // Depth without a scale has no raw numbers.
            Err(_) if settings.scaling == Some(Scaling::None) => continue,
            Err(error) => return Err(error),
        };
        let [width, height] = size;
        facts.name = format!("{} at {width}x{height}", facts.name);
        *column = Some(networks.len());
        networks.push(AtSize { model: model.clone(), size, facts, answers: answers.clone() });
    }
    Ok(Place { size, columns: Ok(columns) })
}

impl Places {
    /// The table of a report.
    ///
    /// # Errors
    /// When no frame was measured.
    pub fn table(self, report: &Report) -> Result<SizeTable> {
        let none = || {
            let why = report.skipped.first().map_or_else(String::new, |first| format!(": {}", first.reason));
            Error::Failed(format!("{}: no frame could be measured{why}", report.data))
        };
        let mut models = Vec::new();
        for (model, places) in self.0 {
            let (mut rows, mut seen) = (Vec::new(), false);
            for Place { size, columns } in places {
                let found = match columns {
                    Ok([raw, median]) => {
                        let numbers = |column: usize| report.mean(column).map(Numbers::from);
                        seen |= median.is_some_and(|column| report.saw(column));
                        let median = median.and_then(numbers).ok_or_else(none)?;
                        Ok(Found { raw: raw.and_then(numbers), median })
                    }
                    Err(refused) => Err(refused),
                };
                rows.push(SizeRow { size, found });
            }
            let info = &model.info;
            models.push(ModelSizes { name: info.name.clone(), train_size: info.config.train_size, seen, rows });
        }
        let split = report.split.as_ref().map(|split| format!(", split {split}")).unwrap_or_default();
        Ok(SizeTable {
            data: format!("{}{split}", report.data),
            rule: report.settings.title(),
            asked: report.asked,
            frames: report.rows.len(),
            skipped: report.skipped.clone(),
            models,
        })
    }
}

/// One picture at every size, measured as `infer` and the window do: by a protocol, or over the full image. `go_on` is asked
/// before each size.
///
/// # Errors
/// When a device fails, when nothing of the picture can be measured, and [`Error::Interrupted`] when it is not to go on.
pub fn picture(
    (frame, truth): (&Frame, &Truth),
    by: &MeasureSettings,
    models: &[Model],
    sizes: &[[usize; 2]],
    go_on: &dyn Fn() -> bool,
) -> Result<SizeTable> {
    let mut all = Vec::new();
    for model in models {
        let train_size = model.info.config.train_size;
        let mut rows = Vec::new();
        for size in with_training(sizes, train_size) {
            if !go_on() {
                return Err(Error::Interrupted);
            }
            let found = match model.checked(size) {
                Ok(_) => Ok(at(model, frame, truth, by, size)?),
                Err(error) => Err(error.to_string()),
            };
            rows.push(SizeRow { size, found });
        }
        all.push(ModelSizes { name: model.info.name.clone(), train_size, seen: false, rows });
    }
    let rule = match by.settings(None)? {
        Some(settings) => settings.title(),
        None => {
            let crop = by.crop.map(|crop| format!(", crop {crop}")).unwrap_or_default();
            let cap = by.cap.map(|cap| format!(", cap {cap} m")).unwrap_or_default();
            format!("full image{crop}{cap}")
        }
    };
    Ok(SizeTable { data: frame.name.clone(), rule, asked: 1, frames: 1, skipped: Vec::new(), models: all })
}

fn at(model: &Model, frame: &Frame, truth: &Truth, by: &MeasureSettings, size: [usize; 2]) -> Result<Found> {
    let mut output = guarded(|| model.run(frame, Some(size)))?;
    let mut numbers = |scaling| -> Result<Numbers> {
        let by = MeasureSettings { scaling: Some(scaling), ..*by };
        measure(&mut output, Some(model), frame, truth, &by, Some(size));
        let why = output.unmeasured.clone().unwrap_or_default();
        let metrics = output.metrics.ok_or(Error::Failed(why))?;
        Ok(Numbers { rel: metrics.rel, rmse: metrics.rmse, d1: metrics.d1 })
    };
    // What keeps raw numbers away besides a missing scale keeps the scaled ones away too, and is said with them.
    Ok(Found { raw: numbers(Scaling::None).ok(), median: numbers(Scaling::Median)? })
}
