//! How one call is cut into units of work: bands of output rows that fit the cache × groups × runs of output channels.

use super::tile::MOST_LANES;
use super::{Border, Spec};

/// Bytes of padded input that a unit may hold in its scratch: it is read once for every block of output channels, so it
/// should stay in the second-level cache (256 KiB to 2 MiB a core on today's machines) beside the weights.
const SCRATCH_BYTES: usize = 512 << 10;
/// Bytes of sums that a unit may keep between its passes.
const PARTIAL_BYTES: usize = 1 << 20;
/// Pixels for which the weights are worth reading once more.
const WEIGHT_PIXELS: usize = 384;
/// Rows shorter than this are staged, unless the channels are stored one by one anyway.
const SHORT_ROW: usize = 96;
/// Fewer multiply-adds than this are not worth waking another thread for.
const SERIAL_MACS: usize = 100_000;

/// How the output channels of a group are cut for the micro-kernel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocks {
    /// Channels of a block, and blocks of a group.
    pub size: usize,
    pub count: usize,
    /// Pixels of a tile.
    pub tile: usize,
}

/// Shape of one call, the same for all of its units. `rows` are output rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// Input height and width.
    pub h: usize,
    pub w: usize,
    /// Output height and width.
    pub oh: usize,
    pub ow: usize,
    pub stride: usize,
    /// For 1×1 without padding or stride, where rows mean nothing: pixels of a tile. The scratch then holds tile by tile
    /// all channels' pixels of the tile, one after the other, which is how they are read. 0 for all other kernels.
    pub panel: usize,
    /// Rows of border above the input and columns to its left, and what the border holds.
    pub top: usize,
    pub left: usize,
    pub border: Border,
    /// Phases down and across: which remainders modulo the stride the kernel touches.
    pub phases: [usize; 2],
    /// Row length of the scratch: output width and the columns that the kernel reaches beyond it.
    pub pitch: usize,
    /// Input channels of a pass: all, unless too few rows of all of them fit the scratch.
    pub chunk: usize,
    /// Whether sums are kept beside the scratch until they are complete, and go from there to the output rows: they must
    /// where there are several passes, and it is faster where rows are so short that most vectors cross their ends.
    pub staged: bool,
    /// Values of one channel there.
    pub span: usize,
    /// Rows of one phase of one channel in the scratch.
    pub scratch_rows: usize,
    /// Output rows of a band (the last may have fewer), and their number.
    pub band: usize,
    pub bands: usize,
    /// Blocks of output channels of a unit (the last may have fewer), and the number of such runs in a group.
    pub run: usize,
    pub runs: usize,
    /// Whether the call is large enough for several threads.
    pub parallel: bool,
}

impl Plan {
    /// Cuts a call on `n` images of `h`×`w` for `threads` threads.
    pub fn new(spec: &Spec, n: usize, h: usize, w: usize, blocks: Blocks, threads: usize) -> Self {
        let macs = n * spec.macs(h, w);
        let pointwise = spec.kernel == [1, 1] && spec.stride == 1 && spec.padding == [(0, 0); 2];
        // 1×1 without padding knows no rows: one long column lets a band end at any pixel.
        let (h, w) = if pointwise { (h * w, 1) } else { (h, w) };
        let [oh, ow] = spec.output_size(h, w);
        let [kh, kw] = spec.kernel;
        let phases = [kh.min(spec.stride), kw.min(spec.stride)];
        let halo = (kh - 1) / spec.stride;
        let pitch = ow + (kw - 1) / spec.stride;
        let inputs = spec.inputs / spec.groups;

        let row_bytes = 4 * phases[0] * phases[1] * pitch;
        // Smaller bands share the work more evenly, but copy their halo more often and read all weights for each band.
        let least = if pointwise { WEIGHT_PIXELS } else { (4 * halo.max(1)).max(WEIGHT_PIXELS.div_ceil(pitch.max(1))) };
        let least = least.min(oh).max(1);
        let of_all = (SCRATCH_BYTES / (inputs * row_bytes).max(1)).saturating_sub(halo);
        let (fitting, chunk) = if pointwise || of_all >= least {
            (of_all.max(1), inputs)
        } else {
            (least, (SCRATCH_BYTES / (row_bytes * (least + halo)).max(1)).clamp(1, inputs))
        };
        let images = n * spec.groups;
        let parallel = threads > 1 && macs >= SERIAL_MACS;
        let wanted = if parallel { (2 * threads).div_ceil(images.max(1)).min(oh / least) } else { 1 };
        let fewest = oh.div_ceil(fitting).max(wanted).max(1);
        let rows = |bands: usize| {
            let band = oh.div_ceil(bands).max(1);
            if pointwise { band.next_multiple_of(blocks.tile) } else { band }
        };
        // The time of the busiest thread, with a row of halo counted as a tenth of an output row.
        let time = |bands: &usize| {
            let units = images * oh.div_ceil(rows(*bands));
            units.div_ceil(if parallel { threads } else { 1 }) * (10 * rows(*bands) + halo)
        };
        let candidates = if parallel { 2 * threads } else { 1 };
        let band = rows((fewest..fewest + candidates).min_by_key(time).unwrap_or(fewest));
        let bands = oh.div_ceil(band);
        let wanted = if parallel { (2 * threads).div_ceil((images * bands).max(1)) } else { 1 };
        let run = blocks.count.div_ceil(wanted).max(1);
        let span = ((band - 1) * pitch + ow).next_multiple_of(blocks.tile) + MOST_LANES;
        let run = if chunk < inputs { run.min((PARTIAL_BYTES / (4 * blocks.size * span)).max(1)) } else { run };
        Self {
            h,
            w,
            oh,
            ow,
            stride: spec.stride,
            panel: if pointwise { blocks.tile } else { 0 },
            top: spec.padding[0].0,
            left: spec.padding[1].0,
            border: spec.border,
            phases,
            pitch,
            chunk,
            staged: chunk < inputs || (blocks.size > 1 && pitch != ow && ow < SHORT_ROW),
            span,
            scratch_rows: band + halo,
            band,
            bands,
            run,
            runs: blocks.count.div_ceil(run),
            parallel,
        }
    }

    /// Values of one channel in the scratch, all phases.
    pub fn channel(&self) -> usize {
        self.phases[0] * self.phases[1] * self.scratch_rows * self.pitch
    }

    /// Where in the scratch the terms of a pass's sum begin, input channel outermost and then the taps row by row. Three taps
    /// beside each other have one entry for the three; the second value is the number of taps an entry, 3 or 1.
    pub fn offsets(&self, spec: &Spec) -> (Vec<u32>, usize) {
        let [kh, kw] = spec.kernel;
        let taps = if kw == 3 && self.stride == 1 { 3 } else { 1 };
        let mut offsets = Vec::with_capacity(self.chunk * kh * kw / taps);
        for channel in 0..self.chunk {
            let base = channel * if self.panel > 0 { self.panel } else { self.channel() };
            for ky in 0..kh {
                for kx in (0..kw).step_by(taps) {
                    let phase = (ky % self.stride) * self.phases[1] + kx % self.stride;
                    let inside = ky / self.stride * self.pitch + kx / self.stride;
                    let offset = base + phase * self.scratch_rows * self.pitch + inside;
                    // The scratch of a unit is far below 4 G values; a wrong cut would end in the bounds check.
                    offsets.push(u32::try_from(offset).unwrap_or(u32::MAX));
                }
            }
        }
        (offsets, taps)
    }
}
