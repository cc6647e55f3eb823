//! [`Setup`]: what a person chose to have trained; the same configuration as the command line's, key by key.

use crate::data::dataset::Sources;
use crate::train::TrainConfig;
use crate::train::keys::{self, KEYS};
use crate::train::presets::{PRESETS, preset};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The preset that a new window offers.
pub const FIRST: &str = "nyu-ours";

/// Keys whose values are some words: they get a picker.
pub const WORDS: [(&str, &[&str]); 16] = [
    ("unit", &["ten_over_metres", "metres"]),
    ("gate", &["none", "cbam_s", "eda"]),
    ("eda_source", &["post_relu", "pre_relu"]),
    ("usf_pool", &["average", "max"]),
    ("rdr_integrate", &["concat", "add"]),
    ("output", &["linear", "softplus"]),
    ("batch_norm", &["train", "frozen"]),
    ("kind", &["msfnet", "hu", "dense_depth"]),
    ("batch_loss", &["sample", "sample_sum", "pixel", "pixel_batch", "pixel_mean_one", "l1"]),
    ("gradient", &["forward", "sobel"]),
    ("edge_space", &["log", "target", "ten_over"]),
    ("optimizer", &["adam", "adam_w"]),
    ("schedule", &["constant", "step", "one_cycle"]),
    ("zoom_place", &["center", "random"]),
    ("kitti_gt", &["every_second", "min2x2", "min_cell"]),
    ("on_nan", &["halve", "stop"]),
];

/// The choices.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The recipe that was chosen last.
    pub preset: String,
    /// What will be trained.
    pub config: TrainConfig,
    /// The run's folder.
    pub out: String,
    /// The folder whose run is to be gone on with: its own keys cannot change.
    pub resumes: Option<PathBuf>,
    /// The data set of the window that was offered last.
    pub offered: String,
    /// What the list of all settings is searched for.
    pub find: String,
    /// The value of each key of [`KEYS`] as it is typed.
    texts: Vec<String>,
    /// The same as the recipe has them, or the run.
    base: Vec<String>,
    /// Keys whose text is no value, and why.
    wrong: BTreeMap<&'static str, String>,
    /// Why the configuration as a whole makes no sense.
    invalid: Option<String>,
}

impl Default for Setup {
    fn default() -> Self {
        let config = preset(FIRST).unwrap_or_default();
        let mut setup = Self {
            preset: FIRST.to_owned(),
            config,
            out: String::new(),
            resumes: None,
            offered: String::new(),
            find: String::new(),
            texts: Vec::new(),
            base: Vec::new(),
            wrong: BTreeMap::new(),
            invalid: None,
        };
        setup.rebase();
        setup
    }
}

fn place(name: &str) -> Option<usize> {
    KEYS.iter().position(|key| key.name == name)
}

impl Setup {
    /// Takes the configuration as it is for the one that changes are counted from.
    fn rebase(&mut self) {
        self.texts = keys::all(&self.config);
        self.base = self.texts.clone();
        self.wrong.clear();
        self.settle();
    }

    fn settle(&mut self) {
        self.invalid = self.config.validate().err().map(|error| error.to_string());
    }

    /// Takes a recipe; data, device and seed stay.
    pub fn choose(&mut self, name: &str) {
        let Ok(mut config) = preset(name) else { return };
        let before = &self.config;
        let data = config.data.clone();
        config.data = before.data.clone();
        (config.data.unit, config.data.batch, config.data.sizes) = (data.unit, data.batch, data.sizes);
        config.run = before.run.clone();
        (self.preset, self.config, self.resumes) = (name.to_owned(), config, None);
        self.rebase();
    }

    /// Takes the configuration of a run that is to be gone on with, or shown.
    pub fn take(&mut self, config: TrainConfig, folder: PathBuf, resumable: bool) {
        self.out = folder.display().to_string();
        self.resumes = resumable.then_some(folder);
        (self.config, self.preset) = (config, String::new());
        self.rebase();
    }

    /// Begins something new with the same settings.
    pub fn release(&mut self) {
        self.resumes = None;
        self.out.clear();
    }

    /// Offers the data set that is open where nothing was chosen yet.
    pub fn offer(&mut self, open: &str) {
        if self.offered != open {
            open.clone_into(&mut self.offered);
            if self.config.data.data.is_empty() && self.resumes.is_none() {
                self.set("data", open);
            }
        }
    }

    /// The text of a key.
    pub fn text(&self, name: &str) -> &str {
        place(name).and_then(|i| self.texts.get(i)).map_or("", String::as_str)
    }

    /// Sets a key; what is no value of it is kept as text, and said.
    pub fn set(&mut self, name: &str, text: &str) {
        let Some(i) = place(name) else { return };
        text.clone_into(&mut self.texts[i]);
        match keys::set(&mut self.config, name, text.trim()) {
            Ok(()) => drop(self.wrong.remove(KEYS[i].name)),
            Err(error) => drop(self.wrong.insert(KEYS[i].name, error.to_string())),
        }
        self.settle();
    }

    /// Takes over what was changed in the configuration itself.
    pub fn changed(&mut self) {
        let fresh = keys::all(&self.config);
        for (i, text) in fresh.into_iter().enumerate() {
            if !self.wrong.contains_key(KEYS[i].name) {
                self.texts[i] = text;
            }
        }
        self.settle();
    }

    /// What the recipe, or the run, has for a key; `None` where it was not changed.
    pub fn before(&self, name: &str) -> Option<&str> {
        let i = place(name)?;
        (self.texts[i] != self.base[i]).then(|| self.base[i].as_str())
    }

    /// Number of keys that were changed.
    pub fn changes(&self) -> usize {
        self.texts.iter().zip(&self.base).filter(|(now, before)| now != before).count()
    }

    /// Why a key's text is no value.
    pub fn fault(&self, name: &str) -> Option<&str> {
        self.wrong.get(name).map(String::as_str)
    }

    /// Why a key cannot be changed now.
    pub fn held(&self, key: &keys::Key) -> Option<&'static str> {
        (self.resumes.is_some() && !key.free)
            .then_some("It belongs to the run that is gone on with; begin a new run to change it")
    }

    /// Why it cannot be checked; `None` when it can.
    pub fn why_not_check(&self) -> Option<String> {
        if self.config.data.data.trim().is_empty() {
            return Some("choose the data first".to_owned());
        }
        if let Some(fault) = self.wrong.values().next() {
            return Some(fault.clone());
        }
        if let Err(error) = self.config.data.data.trim().parse::<Sources>() {
            return Some(error.to_string());
        }
        self.invalid.clone()
    }

    /// Why it cannot be started; `None` when it can.
    pub fn why_not_start(&self) -> Option<String> {
        let out = || self.out.trim().is_empty().then(|| "choose the run's folder first".to_owned());
        self.why_not_check().or_else(out)
    }

    /// Why a recipe is not for the window; `None` when it is.
    pub fn why_not_preset(name: &str) -> Option<&'static str> {
        (name == "table3")
            .then_some("Five runs one after the other: start it with `msfnet-studio train --preset table3`")
    }

    /// The recipes: name and line.
    pub fn presets() -> impl Iterator<Item = (&'static str, &'static str)> {
        PRESETS.iter().map(|preset| (preset.name, preset.about))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_picker_is_a_value() {
        for (name, words) in WORDS {
            for word in words {
                let mut setup = Setup::default();
                setup.set(name, word);
                assert_eq!((setup.fault(name), setup.text(name)), (None, *word), "{name}");
                assert_eq!(keys::get(&setup.config, name).as_deref(), Some(*word));
            }
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_said() {
        let mut setup = Setup::default();
        let why = |setup: &Setup| setup.why_not_start().unwrap_or_default();
        assert_eq!(why(&setup), "choose the data first");
        setup.set("data", "nyu");
        assert!(why(&setup).contains("nyu:DIR"), "{}", why(&setup));
        setup.set("data", "nyu:somewhere");
        assert_eq!(why(&setup), "choose the run's folder first");
        setup.out = "runs/mine".to_owned();
        assert_eq!(setup.why_not_start(), None);
        setup.set("rate", "fast");
        assert!(why(&setup).contains("--rate fast") && setup.text("rate") == "fast");
        setup.set("rate", "-1");
        assert!(why(&setup).contains("`rate = -1`"), "{}", why(&setup));
        setup.set("rate", "1e-3");
        assert_eq!((setup.why_not_start(), setup.config.schedule.rate), (None, 1e-3));
        assert_eq!((setup.before("rate"), setup.before("batch")), (Some("0.0005"), None));
        setup.config.data.batch = 4;
        setup.changed();
        assert_eq!((setup.text("batch"), setup.changes()), ("4", 3));
    }

    #[test]
    fn a_recipe_leaves_the_data_and_a_run_holds_its_keys() {
        let mut setup = Setup::default();
        setup.offer("nyu:open");
        setup.set("seed", "7");
        setup.choose("paper-nyu");
        assert_eq!((setup.text("data"), setup.text("seed"), setup.text("batch")), ("nyu:open", "7", "16"));
        assert_eq!(setup.changes(), 0);
        setup.offer("nyu:other");
        assert_eq!(setup.text("data"), "nyu:open");
        let mut config = setup.config.clone();
        config.schedule.epochs = 3;
        setup.take(config, "runs/x".into(), true);
        let held = |name: &str| setup.held(keys::known(name).unwrap_or(&KEYS[0])).is_some();
        assert!(held("rate") && !held("epochs") && setup.out == "runs/x");
        setup.release();
        assert!(setup.held(&KEYS[0]).is_none() && setup.out.is_empty());
    }
}
