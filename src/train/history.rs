//! What happened at each step and validation, as rows of numbers: in the checkpoint a tensor, for people `history.csv`.

use crate::error::{Error, Result};
use crate::state_dict::{DType, HostTensor};
use std::fmt::Write;

/// Names of the columns, in order. NaN is what was not measured.
pub const COLUMNS: [&str; 26] = [
    "step",
    "epoch",
    "loss",
    "depth",
    "gradient",
    "ssim",
    "auxiliary",
    "normal",
    "edge",
    "gradient_norm",
    "rate",
    "beta1",
    "width",
    "height",
    "images",
    "step_ms",
    "wait_ms",
    "rel",
    "rmse",
    "log10",
    "d1",
    "d2",
    "d3",
    "edge_f1_25",
    "edge_f1_50",
    "edge_f1_100",
];
/// The column of the loss, which every step that was made has.
const LOSS: usize = 2;
/// First of the columns of a validation.
pub(super) const VALIDATION: usize = 17;

/// One finished step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StepRow {
    /// Its number, from 1.
    pub step: u64,
    /// Epochs behind it, in parts.
    pub epoch: f64,
    /// The loss, and its terms before they are weighted; NaN for those that the loss has not.
    pub loss: f64,
    /// Depth term.
    pub depth: f64,
    /// Gradient term.
    pub gradient: f64,
    /// SSIM term.
    pub ssim: f64,
    /// Auxiliary heads.
    pub auxiliary: f64,
    /// Normal term.
    pub normal: f64,
    /// Outline term.
    pub edge: f64,
    /// Global norm of the gradient before it was clipped.
    pub gradient_norm: f64,
    /// Learning rate.
    pub rate: f64,
    /// β₁.
    pub beta1: f64,
    /// Width and height of the network's input.
    pub size: [usize; 2],
    /// Pictures of the step.
    pub images: usize,
    /// Time of the step, the wait for data included, in milliseconds.
    pub step_ms: f64,
    /// Time that the device waited for data, in milliseconds.
    pub wait_ms: f64,
}

impl StepRow {
    /// Pictures in a second.
    pub fn images_per_second(&self) -> f64 {
        if self.step_ms > 0.0 { 1e3 * self.images as f64 / self.step_ms } else { 0.0 }
    }

    fn numbers(&self) -> [f64; VALIDATION] {
        let [w, h] = self.size.map(|side| side as f64);
        let r = self;
        [
            r.step as f64,
            r.epoch,
            r.loss,
            r.depth,
            r.gradient,
            r.ssim,
            r.auxiliary,
            r.normal,
            r.edge,
            r.gradient_norm,
            r.rate,
            r.beta1,
            w,
            h,
            r.images as f64,
            r.step_ms,
            r.wait_ms,
        ]
    }

    fn from_numbers(n: &[f64]) -> Self {
        Self {
            step: n[0] as u64,
            epoch: n[1],
            loss: n[2],
            depth: n[3],
            gradient: n[4],
            ssim: n[5],
            auxiliary: n[6],
            normal: n[7],
            edge: n[8],
            gradient_norm: n[9],
            rate: n[10],
            beta1: n[11],
            size: [n[12] as usize, n[13] as usize],
            images: n[14] as usize,
            step_ms: n[15],
            wait_ms: n[16],
        }
    }
}

/// What a validation measured, over the held-out frames.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// Mean |g−p| / g.
    pub rel: f64,
    /// Root of the mean squared error in metres.
    pub rmse: f64,
    /// Mean |log₁₀ g − log₁₀ p|.
    pub log10: f64,
    /// Shares of pixels with a ratio below 1.25, 1.25², 1.25³.
    pub d: [f64; 3],
    /// F1 of depth edges above 0.25, 0.5 and 1 m; NaN where the protocol does not measure them.
    pub edge_f1: [f64; 3],
}

impl Scores {
    fn numbers(&self) -> [f64; COLUMNS.len() - VALIDATION] {
        let ([d1, d2, d3], [a, b, c]) = (self.d, self.edge_f1);
        [self.rel, self.rmse, self.log10, d1, d2, d3, a, b, c]
    }
}

/// One row: a number a column.
pub type Row = [f64; COLUMNS.len()];

/// All rows of a run.
#[derive(Debug, Clone, Default)]
pub struct History {
    pub(super) rows: Vec<Row>,
}

impl History {
    /// Adds a step.
    pub fn step(&mut self, row: &StepRow) {
        let mut numbers = [f64::NAN; COLUMNS.len()];
        numbers[..VALIDATION].copy_from_slice(&row.numbers());
        self.rows.push(numbers);
    }

    /// Puts a validation beside the last step.
    pub fn validation(&mut self, scores: &Scores) {
        if self.rows.is_empty() {
            self.step(&StepRow { loss: f64::NAN, ..StepRow::default() });
        }
        if let Some(row) = self.rows.last_mut() {
            row[VALIDATION..].copy_from_slice(&scores.numbers());
        }
    }

    /// All rows, in order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Puts a validation beside the step behind which it was made. That step may have been left out: then it gets a row with
    /// nothing else, and no earlier step has numbers that are not its own.
    pub fn validation_at(&mut self, step: u64, epoch: f64, scores: &Scores) {
        if self.rows.last().is_none_or(|row| row[0] != step as f64) {
            let mut row = [f64::NAN; COLUMNS.len()];
            (row[0], row[1]) = (step as f64, epoch);
            self.rows.push(row);
        }
        self.validation(scores);
    }

    /// The steps that were made, in order.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = StepRow> + '_ {
        self.rows.iter().filter(|row| !row[LOSS].is_nan()).map(|row| StepRow::from_numbers(row))
    }

    /// Step and scores of each validation, in order.
    pub fn validations(&self) -> impl DoubleEndedIterator<Item = (u64, Scores)> + '_ {
        self.rows.iter().filter(|row| !row[VALIDATION].is_nan()).map(|row| {
            let [rel, rmse, log10, d1, d2, d3, a, b, c] = std::array::from_fn(|i| row[VALIDATION + i]);
            (row[0] as u64, Scores { rel, rmse, log10, d: [d1, d2, d3], edge_f1: [a, b, c] })
        })
    }

    /// As text: a line of names, a line a row; what was not measured is empty. Numbers are read back the same.
    pub fn csv(&self) -> String {
        let mut text = COLUMNS.join(",") + "\n";
        for row in &self.rows {
            for (i, value) in row.iter().enumerate() {
                let between = if i == 0 { "" } else { "," };
                let _ = if value.is_nan() { write!(text, "{between}") } else { write!(text, "{between}{value}") };
            }
            text.push('\n');
        }
        text
    }

    /// As a tensor, rows × columns.
    pub fn tensor(&self) -> HostTensor {
        let bytes = self.rows.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
        HostTensor { dtype: DType::F64, shape: vec![self.rows.len(), COLUMNS.len()], bytes }
    }

    /// What [`History::tensor`] gave.
    ///
    /// # Errors
    /// When it is of another type or has other columns.
    pub fn from_tensor(tensor: &HostTensor) -> Result<Self> {
        if tensor.dtype != DType::F64 || tensor.shape.get(1) != Some(&COLUMNS.len()) {
            return Err(Error::Failed("the checkpoint's history has other columns; it is of another version".into()));
        }
        let values: Vec<f64> = tensor.bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
        Ok(Self { rows: values.as_chunks::<{ COLUMNS.len() }>().0.to_vec() })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn rows_survive_tensor_and_text() {
        let mut history = History::default();
        let row = |step, loss| StepRow {
            step,
            loss,
            size: [64, 32],
            images: 8,
            step_ms: 4.0,
            normal: f64::NAN,
            ..StepRow::default()
        };
        history.step(&row(1, 1.0 / 3.0));
        history.step(&row(2, 0.1));
        let scores = Scores { rel: 0.2, rmse: 0.7, log10: 0.08, d: [0.7, 0.9, 0.98], edge_f1: [0.3, f64::NAN, 0.0] };
        history.validation(&scores);
        let back = History::from_tensor(&history.tensor()).unwrap();
        assert_eq!(back.csv(), history.csv());
        assert_eq!(back.steps().map(|row| row.loss).collect::<Vec<_>>(), [1.0 / 3.0, 0.1]);
        assert_eq!(back.validations().map(|(step, s)| (step, s.rel)).collect::<Vec<_>>(), [(2, 0.2)]);
        let text = history.csv();
        let last: Vec<&str> = text.lines().last().unwrap().split(',').collect();
        assert_eq!((last.len(), last[2], last[7], last[17], last[24]), (COLUMNS.len(), "0.1", "", "0.2", ""));
        assert_eq!(text.lines().nth(1).unwrap().split(',').nth(2).unwrap().parse::<f64>().unwrap(), 1.0 / 3.0);
        assert_eq!(row(1, 0.0).images_per_second(), 2000.0);
        assert!(History::from_tensor(&HostTensor::from_f32([1, 26], &[0.0; 26])).is_err());
    }

    #[test]
    fn a_validation_behind_a_step_that_was_left_out_has_a_row_of_its_own() {
        let scores = |rel| Scores { rel, rmse: 0.7, log10: 0.08, d: [0.7, 0.9, 0.98], edge_f1: [f64::NAN; 3] };
        let mut history = History::default();
        history.step(&StepRow { step: 1, epoch: 0.5, loss: 0.25, ..StepRow::default() });
        history.validation_at(1, 0.5, &scores(0.3));
        history.validation_at(2, 1.0, &scores(0.2));
        history.step(&StepRow { step: 3, epoch: 1.5, loss: 0.125, ..StepRow::default() });
        let measured = |history: &History| history.validations().map(|(at, s)| (at, s.rel)).collect::<Vec<_>>();
        assert_eq!(measured(&history), [(1, 0.3), (2, 0.2)]);
        assert_eq!(history.steps().map(|row| (row.step, row.loss)).collect::<Vec<_>>(), [(1, 0.25), (3, 0.125)]);
        // A row like any other, for programs that know of no such steps.
        let text = history.csv();
        assert!(text.lines().nth(2).unwrap().starts_with("2,1,,,"), "{text}");
        let back = History::from_csv(&text, std::path::Path::new("history.csv")).unwrap();
        assert_eq!((measured(&back), back.rows().len()), (measured(&history), 3));
    }
}
