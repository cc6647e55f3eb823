//! Tests of the checkpoint: read back, stopped at every call of the writer, damaged.

use super::*;
use crate::atomic::{Stage, failing};
use crate::train::history::StepRow;
use std::io::{Error as IoError, ErrorKind};

fn checkpoint(step: u64) -> Checkpoint {
    let one = |name: &str, value: f32| {
        let mut dict = StateDict::new();
        dict.insert(name, HostTensor::from_f32([2], &[value, step as f32]));
        dict
    };
    let mut history = History::default();
    (1..=step).for_each(|step| history.step(&StepRow { step, loss: 0.1 * step as f64, ..StepRow::default() }));
    let position = Position { step, updates: step, best: Some((1, 1.0 / 3.0)), ..Position::new("abc".into()) };
    let mut moments = one("m/refine2.bias", 0.5);
    moments.insert("v/refine2.bias", HostTensor::from_f32([2], &[0.25, 1.0]));
    Checkpoint {
        config: TrainConfig::default(),
        position,
        weights: one("refine2.bias", 1.0),
        moments,
        average: Some(one("refine2.bias", 2.0)),
        origin: Some(Origin { weights: one("refine2.bias", 4.0), model: TrainConfig::default().model_at(1.0) }),
        history,
    }
}

/// A disk that fails at its `left`-th write: with nothing written, or with half of it.
struct Failing<'a> {
    inner: &'a mut dyn Write,
    left: usize,
    half: bool,
}

impl Write for Failing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            if self.half && bytes.len() > 1 {
                self.inner.write_all(&bytes[..bytes.len() / 2])?;
            }
            return Err(IoError::from(ErrorKind::StorageFull));
        }
        self.left -= 1;
        self.inner.write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

#[test]
fn a_set_is_read_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    assert!(Checkpoint::read(&path).unwrap().is_none());
    for step in [0, 3] {
        let set = checkpoint(step);
        set.clone().write(&path).unwrap();
        let back = Checkpoint::read(&path).unwrap().unwrap();
        assert_eq!((&back.config, &back.position, &back.weights), (&set.config, &set.position, &set.weights));
        assert_eq!((&back.moments, &back.average, &back.origin), (&set.moments, &set.average, &set.origin));
        assert_eq!(back.history.csv(), set.history.csv());
    }
}

#[test]
fn a_writer_that_stops_at_any_call_leaves_the_previous_set() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    checkpoint(1).write(&path).unwrap();
    let before = std::fs::read(&path).unwrap();
    let packed = checkpoint(2).packed().unwrap();
    let mut finished = None;
    for left in 0..1000 {
        for half in [false, true] {
            let wrote = write_atomic(&path, |file| packed.write_to(&mut Failing { inner: file, left, half }));
            if wrote.is_ok() {
                finished = Some(left);
                break;
            }
            assert_eq!(std::fs::read(&path).unwrap(), before, "stopped at write {left}");
            assert_eq!(Checkpoint::read(&path).unwrap().unwrap().position.step, 1);
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half is left");
        }
        if finished.is_some() {
            break;
        }
    }
    assert!(finished.is_some_and(|writes| writes >= 6), "length, header and each tensor are writes: {finished:?}");
    assert_eq!(Checkpoint::read(&path).unwrap().unwrap().position.step, 2);
    // The same for what surrounds the writes: the file made, flushed, synced, renamed, and its folder synced.
    let packed = checkpoint(3).packed().unwrap();
    for stage in failing::STAGES {
        failing::at(Some(stage));
        let wrote = write_atomic(&path, |file| packed.write_to(file));
        failing::at(None);
        assert!(wrote.unwrap_err().to_string().contains(FILE), "{stage:?}");
        // Once it has its name the new set is there, whole.
        let step = if stage == Stage::Folder { 3 } else { 2 };
        assert_eq!(Checkpoint::read(&path).unwrap().unwrap().position.step, step, "{stage:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half is left at {stage:?}");
    }
}

#[test]
fn a_number_that_is_not_finite_is_found_and_a_position_of_before_is_read() {
    assert_eq!(checkpoint(1).first_not_finite(), None);
    let broken = |value| HostTensor::from_f32([2], &[0.0, value]);
    let mut set = checkpoint(1);
    set.moments.insert("v/refine2.bias", broken(f32::NAN));
    assert_eq!(set.first_not_finite().as_deref(), Some("v/refine2.bias"));
    set.average.as_mut().unwrap().insert("a.running_var", broken(f32::INFINITY));
    assert_eq!(set.first_not_finite().as_deref(), Some("a.running_var"));
    let mut json = serde_json::to_value(Position::new("abc".into())).unwrap();
    for key in ["init", "measured"] {
        json.as_object_mut().unwrap().remove(key).unwrap();
    }
    assert_eq!(serde_json::from_value::<Position>(json).unwrap(), Position::new("abc".into()));
}

#[test]
fn what_is_no_checkpoint_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    crate::weights::write_safetensors(&path, &checkpoint(1).weights, &BTreeMap::new()).unwrap();
    let error = Checkpoint::read(&path).unwrap_err().to_string();
    assert!(error.contains("no checkpoint"), "{error}");
    let mut newer = checkpoint(1);
    newer.position.version = VERSION + 1;
    newer.write(&path).unwrap();
    assert!(Checkpoint::read(&path).unwrap_err().to_string().contains("newer version"));
    checkpoint(1).write(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for end in [0, 9, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..end]).unwrap();
        assert!(Checkpoint::read(&path).is_err(), "cut at {end}");
    }
}
