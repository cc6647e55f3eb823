//! What a run is fed: its data opened and parted, and the loader at the place where the run is.

use super::config::TrainConfig;
use super::mix::{self, SourceCount};
use crate::data::dataset::{DataKind, DataSpec, Dataset, holdout};
use crate::data::training::held_out::{self, Parts};
use crate::data::training::{Batch, BatchPlan, Loader, LoaderOptions};
use crate::error::{Error, Result};
use crate::eval::training::{HELD_OUT, STARTED, Seen, TESTS, WITHOUT, may_have_seen};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;

/// Held-out scenes that weights name; of more they name none.
const NAMED: usize = 32;

/// A data set and the frames of it that are used.
#[derive(Clone)]
pub struct Frames {
    /// The data set.
    pub dataset: Arc<dyn Dataset>,
    /// Numbers of the frames.
    pub indices: Vec<usize>,
}

/// Where batches come from.
pub struct Feed {
    /// What is trained on.
    pub frames: Frames,
    /// What is validated on; without frames there is no validation.
    pub held_out: Frames,
    counts: Vec<SourceCount>,
    /// Scenes held out, or names of frames that have none.
    scenes: Vec<String>,
    plan: BatchPlan,
    config: TrainConfig,
    loader: Option<Loader>,
}

impl Feed {
    /// Opens the data and parts them; reads no picture.
    ///
    /// # Errors
    /// When data cannot be opened, or nothing is left to train on.
    pub fn open(config: &TrainConfig) -> Result<Self> {
        let data = &config.data;
        if data.data.is_empty() {
            return Err(Error::Usage("the training has no data; give --data, such as nyu:DIR".into()));
        }
        let (sources, dataset) = mix::open(&data.data, &data.split, data.limit)?;
        let (parts, other) = parts(config, &dataset)?;
        let mut validation = parts.validation;
        if data.val_limit > 0 {
            validation.truncate(data.val_limit);
        }
        let repeated = mix::repeated(&sources, &*dataset, &parts.train);
        let mut plan = BatchPlan::new(repeated, data.batch, data.sizes, config.run.seed, true)?;
        // Of all epochs, also where the run is to stop before: gone on with, it has the sizes that it would have had.
        let (steps, _) = super::trainer::scheduled(config, plan.batches_per_epoch());
        plan.length = usize::try_from(steps).unwrap_or(usize::MAX).saturating_mul(config.optimizer.accumulate);
        let own: &[usize] = if other.is_some() { &[] } else { &validation };
        let counts = mix::counts(&sources, &*dataset, &parts.train, own);
        let frames = Frames { dataset: dataset.clone(), indices: parts.train };
        let held_out = Frames { dataset: other.unwrap_or(dataset), indices: validation };
        let focal = config.augment.canonical_focal;
        for frames in [&frames, &held_out] {
            match config.augment.own_focal {
                _ if focal == 0.0 => {}
                own if own > 0.0 => mix::is_of_one_camera(frames, own)?,
                _ => mix::focal_is_known(frames, focal)?,
            }
        }
        Ok(Self { frames, held_out, counts, scenes: parts.scenes, plan, config: config.clone(), loader: None })
    }

    /// What each source gives.
    pub fn sources(&self) -> &[SourceCount] {
        &self.counts
    }

    /// Batches of an epoch.
    pub fn batches_per_epoch(&self) -> usize {
        self.plan.batches_per_epoch()
    }

    /// Identifies the frames that are trained on, in their order.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let names = self.frames.dataset.names();
        for index in &self.frames.indices {
            hash.update(names.get(*index).map_or("", String::as_str));
            hash.update([0]);
        }
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// What weights trained on it say of their data; `eval` reads it to tell fit from accuracy. `init` is what the weights that
    /// training started from say of theirs: that stands behind it, and no scene is said to be held out that they may have seen.
    pub fn describe(&self, init: Option<&str>) -> String {
        let dataset = &self.frames.dataset;
        let mut parts: Vec<(&dyn Dataset, Vec<usize>)> = Vec::new();
        let mut last = None;
        for index in &self.frames.indices {
            let (number, part, own) = dataset.part(*index).unwrap_or((0, &**dataset, *index));
            if last != Some(number) {
                parts.push((part, Vec::new()));
                last = Some(number);
            }
            if let Some((_, indices)) = parts.last_mut() {
                indices.push(own);
            }
        }
        let parts: Vec<String> = parts.iter().map(|(part, indices)| self.told(*part, indices, init)).collect();
        let unseen = |scene: &&String| {
            init.is_none_or(|init| !self.kinds(scene).iter().any(|kind| may_have_seen(init, *kind, scene)))
        };
        let scenes: Vec<&str> = self.scenes.iter().filter(unseen).map(String::as_str).collect();
        let without = if scenes.is_empty() || self.scenes.len() > NAMED {
            String::new()
        } else {
            format!(", {WITHOUT} {}", scenes.join(", "))
        };
        let started = init.map_or_else(String::new, |init| format!("; {STARTED} {init}"));
        parts.join("; ") + &without + &started
    }

    /// The kinds of data of which a scene is held out.
    fn kinds(&self, scene: &str) -> Vec<DataKind> {
        let Frames { dataset, indices } = &self.held_out;
        let of = |index: &usize| {
            let kind = dataset.part(*index).map_or(dataset.kind(), |(_, part, _)| part.kind());
            let name = dataset.scene(*index).or_else(|| dataset.names().get(*index).map(String::as_str));
            (name == Some(scene)).then_some(kind)
        };
        let found: Vec<DataKind> = indices.iter().filter_map(of).collect();
        // Of a scene without a frame that is measured (`val_limit`) nothing is known.
        if found.is_empty() { vec![DataKind::Nyu, DataKind::Kitti] } else { found }
    }

    /// Whether weights whose data are `init` may have been trained on a frame that is held out here.
    pub fn is_known_to(&self, init: &str) -> bool {
        let Frames { dataset, indices } = &self.held_out;
        indices.iter().any(|index| {
            let (_, part, own) = dataset.part(*index).unwrap_or((0, &**dataset, *index));
            let name = part.scene(own).or_else(|| part.names().get(own).map(String::as_str));
            name.is_some_and(|name| may_have_seen(init, part.kind(), name))
        })
    }

    fn told(&self, dataset: &dyn Dataset, indices: &[usize], init: Option<&str>) -> String {
        let spec: Option<DataSpec> = dataset.spec().parse().ok();
        let what = match (dataset.kind(), spec) {
            (DataKind::Nyu, _) => "NYU Depth V2".to_owned(),
            (DataKind::Kitti, _) => "KITTI".to_owned(),
            (DataKind::Other, Some(DataSpec::Pairs(path, ..))) => {
                format!("pairs {}", file_name(&path.to_string_lossy()))
            }
            (DataKind::Other, _) => dataset.spec().replacen(':', " ", 1),
        };
        let split = &self.config.data.split;
        let split = if split.is_empty() { String::new() } else { format!(", {}", file_name(split)) };
        let kept = |index: &usize| dataset.scene(*index).is_some_and(|scene| !holdout::is_held_out(scene));
        let unseen = |scene: &str| !init.is_some_and(|init| may_have_seen(init, DataKind::Nyu, scene));
        let held = dataset.kind() == DataKind::Nyu && indices.iter().all(kept) && holdout::scenes().all(unseen);
        let held = if held { format!(", {HELD_OUT}") } else { String::new() };
        let (seen, names) = (Seen::new(dataset), dataset.names());
        let tests = indices.iter().filter_map(|index| names.get(*index)).any(|name| seen.may_be_test(name));
        let tests = if tests { format!(", {TESTS}") } else { String::new() };
        format!("{what}{split}, {} frames{held}{tests}", indices.len())
    }

    /// The batch with that number since the beginning of the run; reading goes on ahead of it.
    ///
    /// # Errors
    /// When the data set is gone or broken; the next call begins anew at its place.
    pub fn batch(&mut self, number: u64) -> Result<Batch> {
        let mut loader = match self.loader.take() {
            Some(loader) => loader,
            None => self.start(number)?,
        };
        let batch = loader.next_batch()?;
        let each = self.batches_per_epoch() as u64;
        if (batch.epoch as u64 * each + batch.number as u64) != number {
            // The order changed: a rollback.
            self.loader = None;
            return self.batch_anew(number);
        }
        self.loader = Some(loader);
        Ok(batch)
    }

    fn batch_anew(&mut self, number: u64) -> Result<Batch> {
        let mut loader = self.start(number)?;
        let batch = loader.next_batch()?;
        self.loader = Some(loader);
        Ok(batch)
    }

    fn start(&self, number: u64) -> Result<Loader> {
        let each = self.batches_per_epoch() as u64;
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let run = &self.config.run;
        let options = LoaderOptions {
            threads: run.threads,
            cache_bytes: (run.cache_mb as u64) << 20,
            ..LoaderOptions::default()
        };
        let (plan, augment) = (self.plan.clone(), self.config.augment.clone());
        Loader::start(self.frames.dataset.clone(), plan, augment, options, place(number / each), place(number % each))
    }
}

/// The last part of a path, so that no folder of this machine is told to others.
pub fn file_name(path: &str) -> String {
    Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Which frames train and which are held out; the other data set where validation has its own.
fn parts(config: &TrainConfig, dataset: &Arc<dyn Dataset>) -> Result<(Parts, Option<Arc<dyn Dataset>>)> {
    let data = &config.data;
    if !data.val.is_empty() {
        let (_, other) = mix::open(&data.val, &data.val_split, 0)?;
        return Ok((held_out::by_data(&**dataset, &*other)?, Some(other)));
    }
    let parts = if !data.val_scenes.is_empty() {
        held_out::by_scenes(&**dataset, &held_out::read_scenes(Path::new(&data.val_scenes))?)?
    } else if data.val_fraction > 0.0 {
        held_out::by_fraction(&**dataset, data.val_fraction, config.run.seed)?
    } else {
        held_out::none(&**dataset)
    };
    Ok((parts, None))
}
