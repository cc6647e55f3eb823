//! A convolution ready to run: its weights in the order in which the micro-kernel reads them.

use std::cell::RefCell;

use pulp::Arch;
use rayon::prelude::*;

use super::input::{Input, Part};
use super::plan::{Blocks, Plan};
use super::tile::{MOST_LANES, MOST_VECTORS, Unit, tile_pixels, widest_block};
use super::winograd::{self, Transformed};
use super::{Border, Spec};
use std::sync::OnceLock;

thread_local! {
    /// Padded input of the unit at hand; kept, because fresh pages cost more than the copy. At most a few MB a thread.
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Weights and bias of one convolution, repacked once when they are loaded.
#[derive(Debug, Clone)]
pub struct Packed {
    spec: Spec,
    arch: Arch,
    /// Output channels a block: 8, 4 or 1.
    block: usize,
    /// Group, block, term of the sum, channel of the block; zeros where the last block of a group is not full.
    weight: Vec<f32>,
    /// Group, block, channel of the block.
    bias: Vec<f32>,
    /// The weights for [`winograd`], once a call wants them.
    transformed: OnceLock<Transformed>,
}

/// A unit's rows of each of its output channels; a depthwise convolution has hundreds of units, so that one row is not
/// worth a list of its own.
enum Rows<'a> {
    One([&'a mut [f32]; 1]),
    Many(Vec<&'a mut [f32]>),
}

impl Packed {
    /// Packs `weight` (outputs × inputs/groups × kernel height × kernel width) and `bias` (outputs; none is zero).
    ///
    /// # Panics
    /// If a length does not fit `spec`, a channel count is no multiple of the groups, or stride, kernel, inputs or groups is 0:
    /// errors of the caller, who checks shapes where weights are read.
    #[must_use]
    pub fn new(weight: &[f32], bias: Option<&[f32]>, spec: Spec) -> Self {
        Self::on(Arch::new(), weight, bias, spec)
    }

    /// [`Packed::new`] for that instruction set.
    pub(super) fn on(arch: Arch, weight: &[f32], bias: Option<&[f32]>, spec: Spec) -> Self {
        let [kh, kw] = spec.kernel;
        assert!(spec.stride > 0 && spec.groups > 0 && kh > 0 && kw > 0, "{spec:?} has a zero stride, group or kernel");
        assert!(spec.inputs > 0, "{spec:?} has no input");
        assert!(
            spec.inputs.is_multiple_of(spec.groups) && spec.outputs.is_multiple_of(spec.groups),
            "channels of {spec:?} do not divide into its groups"
        );
        let depth = spec.depth();
        assert_eq!(weight.len(), spec.outputs * depth, "weights of {spec:?}");
        assert!(bias.is_none_or(|bias| bias.len() == spec.outputs), "bias of {spec:?}");

        let outputs = spec.outputs / spec.groups;
        let block = match (outputs, widest_block(arch)) {
            (0..4, _) => 1,
            (_, 8) if outputs > 32 || !(1..=4).contains(&(outputs % 8)) => 8,
            _ => 4,
        };
        let blocks = outputs.div_ceil(block);
        let mut packed = vec![0.0; spec.groups * blocks * depth * block];
        let mut packed_bias = vec![0.0; spec.groups * blocks * block];
        for output in 0..spec.outputs {
            let (group, channel) = (output / outputs, output % outputs);
            let (index, lane) = (group * blocks + channel / block, channel % block);
            let to = packed[index * depth * block..].iter_mut().skip(lane).step_by(block);
            to.zip(&weight[output * depth..(output + 1) * depth]).for_each(|(to, from)| *to = *from);
            packed_bias[index * block + lane] = bias.map_or(0.0, |bias| bias[output]);
        }
        Self { spec, arch, block, weight: packed, bias: packed_bias, transformed: OnceLock::new() }
    }

    /// Geometry and activation as given.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Convolves `n` images of `h`×`w` (`n`×inputs×`h`×`w` values): `n`×outputs×height×width values, and height and width.
    ///
    /// # Panics
    /// If the length of `input` is another.
    #[must_use]
    pub fn run(&self, input: &[f32], n: usize, h: usize, w: usize) -> (Vec<f32>, [usize; 2]) {
        self.run_padded(self.spec.padding, input, n, h, w)
    }

    /// [`Packed::run`] with another padding than the packed one: under TensorFlow's SAME it depends on the input's size.
    ///
    /// # Panics
    /// If the length of `input` is another.
    #[must_use]
    pub fn run_padded(
        &self,
        padding: [(usize, usize); 2],
        input: &[f32],
        n: usize,
        h: usize,
        w: usize,
    ) -> (Vec<f32>, [usize; 2]) {
        self.run_parts(padding, &[self.whole(input)], n, h, w)
    }

    /// [`Packed::run_padded`] on an input that lies in several parts: their channels one after the other.
    ///
    /// # Panics
    /// If the channels are not as many as the convolution's or a part has another length.
    #[must_use]
    pub fn run_parts(
        &self,
        padding: [(usize, usize); 2],
        parts: &[Part<'_>],
        n: usize,
        h: usize,
        w: usize,
    ) -> (Vec<f32>, [usize; 2]) {
        let spec = Spec { padding, ..self.spec };
        let size = spec.output_size(h, w);
        let mut output = vec![0.0; n * spec.outputs * size[0] * size[1]];
        if spec.kernel == [1, 1] {
            // Reads its pixels as one long row.
            let whole: Vec<_> = parts.iter().map(|part| part.whole(h, w)).collect();
            let part = |(values, part): (_, &Part<'_>)| Part { values, channels: part.channels, doubled: false };
            let parts: Vec<_> = whole.iter().map(AsRef::as_ref).zip(parts).map(part).collect();
            self.execute(&spec, &parts, n, h, w, &mut output);
        } else {
            self.execute(&spec, parts, n, h, w, &mut output);
        }
        (output, size)
    }

    fn whole<'a>(&self, values: &'a [f32]) -> Part<'a> {
        Part { values, channels: self.spec.inputs, doubled: false }
    }

    /// [`Packed::run`] into a buffer of exactly that length, whose old values do not matter: a caller that keeps its
    /// buffers spares the fresh pages.
    ///
    /// # Panics
    /// If the length of `input` or `output` is another.
    pub fn run_into(&self, input: &[f32], n: usize, h: usize, w: usize, output: &mut [f32]) {
        self.execute(&self.spec, &[self.whole(input)], n, h, w, output);
    }

    fn execute(&self, spec: &Spec, parts: &[Part<'_>], n: usize, h: usize, w: usize, output: &mut [f32]) {
        let [oh, ow] = spec.output_size(h, w);
        assert_eq!(parts.iter().map(|part| part.channels).sum::<usize>(), spec.inputs, "channels of {spec:?}");
        parts.iter().for_each(|part| part.check(n, h, w));
        assert!(spec.border == Border::Zeros || n * h * w > 0, "nothing to reflect for {spec:?} at {n}×{h}×{w}");
        assert_eq!(output.len(), n * spec.outputs * oh * ow, "output of {spec:?} at {n}×{h}×{w}");
        if output.is_empty() {
            return;
        }
        if winograd::takes(spec, n, h, w) {
            let transformed =
                self.transformed.get_or_init(|| Transformed::new(self.arch, spec, |o, i, tap| self.tap(o, i, tap)));
            return transformed.run(spec, &self.bias, parts, [n, h, w], output);
        }
        let blocks = (spec.outputs / spec.groups).div_ceil(self.block);
        let cut = Blocks { size: self.block, count: blocks, tile: tile_pixels(self.arch, self.block) };
        let plan = Plan::new(spec, n, h, w, cut, rayon::current_num_threads());
        let (offsets, taps) = plan.offsets(spec);
        let depth = spec.depth();
        let channels = spec.inputs / spec.groups;
        let scratch = (plan.chunk * plan.channel() + MOST_VECTORS * MOST_LANES).next_multiple_of(MOST_LANES);
        let partial = match (plan.staged, plan.chunk < channels) {
            (false, _) => 0,
            (true, false) => self.block * plan.span,
            (true, true) => plan.run * self.block * plan.span,
        };

        let units = self.units(&plan, blocks, output);
        let work = |(index, mut outputs): (usize, Rows<'_>)| {
            let (index, run) = (index / plan.runs, index % plan.runs);
            let (index, band) = (index / plan.bands, index % plan.bands);
            let group = index % spec.groups;
            let first = group * blocks + run * plan.run;
            let last = (first + plan.run).min((group + 1) * blocks) * self.block;
            let first = first * self.block;
            SCRATCH.with_borrow_mut(|kept| {
                if kept.len() < scratch + partial + MOST_LANES {
                    kept.resize(scratch + partial + MOST_LANES, 0.0);
                }
                // On a cache line, so that a panel's vectors do not cross two; where that cannot be had, it is only slower.
                let start = kept.as_ptr().align_offset(4 * MOST_LANES).min(MOST_LANES);
                let (scratch, partial) = kept[start..start + scratch + partial].split_at_mut(scratch);
                self.arch.dispatch(Unit {
                    plan: &plan,
                    block: self.block,
                    activation: spec.activation,
                    offsets: &offsets,
                    taps,
                    input: Input { parts, image: index / spec.groups, first: group * channels, channels },
                    weight: &self.weight[first * depth..last * depth],
                    bias: &self.bias[first..last],
                    first: band * plan.band,
                    outputs: match &mut outputs {
                        Rows::One(rows) => rows,
                        Rows::Many(rows) => rows,
                    },
                    scratch,
                    partial,
                });
            });
        };
        if plan.parallel {
            let least = units.len().div_ceil(8 * rayon::current_num_threads());
            units.into_par_iter().enumerate().with_min_len(least).for_each(work);
        } else {
            units.into_iter().enumerate().for_each(work);
        }
    }

    /// One of the weights from an input to an output of a convolution without groups.
    #[inline(always)]
    fn tap(&self, output: usize, input: usize, tap: usize) -> f32 {
        let (index, lane) = (output / self.block, output % self.block);
        let term = input * self.spec.kernel[0] * self.spec.kernel[1] + tap;
        self.weight[(index * self.spec.depth() + term) * self.block + lane]
    }

    /// The rows of each output channel that belong to each unit: image, group, band, run of blocks.
    fn units<'a>(&self, plan: &Plan, blocks: usize, output: &'a mut [f32]) -> Vec<Rows<'a>> {
        let outputs = self.spec.outputs / self.spec.groups;
        if outputs == 1 {
            let bands = output.chunks_mut(plan.oh * plan.ow).flat_map(|plane| plane.chunks_mut(plan.band * plan.ow));
            return bands.map(|rows| Rows::One([rows])).collect();
        }
        let mut units: Vec<Vec<_>> = Vec::new();
        for group in output.chunks_mut(outputs * plan.oh * plan.ow) {
            let first = units.len();
            units.resize_with(first + plan.bands * plan.runs, || Vec::with_capacity(plan.run.min(blocks) * self.block));
            for (channel, plane) in group.chunks_mut(plan.oh * plan.ow).enumerate() {
                let run = channel / self.block / plan.run;
                for (band, rows) in plane.chunks_mut(plan.band * plan.ow).enumerate() {
                    units[first + band * plan.runs + run].push(rows);
                }
            }
        }
        units.into_iter().map(Rows::Many).collect()
    }
}
