//! A small run for tests: rendered rooms of 64×48 pixels, the smallest MSFNet, batches of two.
#![allow(clippy::unwrap_used)]

use super::TrainConfig;
use crate::atomic::write_atomic_bytes;
use crate::data::synthetic::layout::{Layout, write};
use crate::data::synthetic::sequence::{Kind, Sequence};
use crate::data::training::SizePlan;
use std::path::Path;

/// Writes `count` pictures with depth below `dir` and gives the configuration of a run over them: two of them held out.
pub fn config(dir: &Path, count: usize) -> TrainConfig {
    let sequence = Sequence::new(Kind::Room, 5, [64, 48]).unwrap();
    write(&sequence, Layout::Nyu, count, dir, &mut |_, _| true).unwrap();
    // Every two pictures are a scene.
    let lines: String = (0..count).map(|i| format!("{i},train,room_{:04}\n", i / 2)).collect();
    let list = format!("index0,split,scene\n{lines}");
    write_atomic_bytes(dir.join("splits.csv"), list.as_bytes()).unwrap();
    let mut config = TrainConfig::default();
    config.data.data = format!("nyu:{}", dir.display());
    config.data.val_fraction = 0.2;
    small(&mut config);
    config
}

/// Makes a configuration cheap.
pub fn small(config: &mut TrainConfig) {
    config.data.batch = 2;
    config.data.sizes = SizePlan::Fixed([64, 48]);
    config.data.val_protocol = "msf_kitti".into();
    config.network.usf_width = 2;
    config.start.init = "none".into();
    config.schedule.epochs = 2;
    config.augment.flip = 0.5;
    config.augment.channel_permutation = 0.25;
    config.run.checkpoint_every = 2;
    config.run.device = "cpu".into();
    config.run.threads = 1;
    config.run.cache_mb = 0;
}
