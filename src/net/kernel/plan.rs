//! How one call is cut into units of work: bands of output rows that fit the cache × groups × runs of output channels.

use super::{Border, Spec};

/// Bytes of padded input that a unit may hold in its scratch: it is read once for every block of output channels, so it
/// should stay in the second-level cache (256 KiB to 2 MiB a core on today's machines) beside the weights.
const SCRATCH_BYTES: usize = 512 << 10;
/// Fewer multiply-adds than this are not worth waking another thread for.
const SERIAL_MACS: usize = 100_000;

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
    /// Cuts a call on `n` images of `h`×`w` for `threads` threads; `blocks` blocks of output channels a
    /// group; tiles of `tile` pixels.
    pub fn new(spec: &Spec, n: usize, h: usize, w: usize, blocks: usize, tile: usize, threads: usize) -> Self {
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

        let row_bytes = 4 * inputs * phases[0] * phases[1] * pitch;
        let fitting = (SCRATCH_BYTES / row_bytes.max(1)).saturating_sub(halo).max(1);
        // Smaller bands share the work more evenly, but copy their halo more often.
        let least = if pointwise { 384 } else { 4 * halo.max(1) };
        let images = n * spec.groups;
        let parallel = threads > 1 && macs >= SERIAL_MACS;
        let wanted = if parallel { (2 * threads).div_ceil(images.max(1)).min(oh / least) } else { 1 };
        let fewest = oh.div_ceil(fitting).max(wanted).max(1);
        let rows = |bands: usize| {
            let band = oh.div_ceil(bands).max(1);
            if pointwise { band.next_multiple_of(tile) } else { band }
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
        let run = blocks.div_ceil(wanted).max(1);
        Self {
            h,
            w,
            oh,
            ow,
            stride: spec.stride,
            panel: if pointwise { tile } else { 0 },
            top: spec.padding[0].0,
            left: spec.padding[1].0,
            border: spec.border,
            phases,
            pitch,
            scratch_rows: band + halo,
            band,
            bands,
            run,
            runs: blocks.div_ceil(run),
            parallel,
        }
    }

    /// The row (or column) of the input that stands at `padded` of the padded one, where `before` of `size` are border;
    /// `None` for zero.
    #[inline(always)]
    pub fn source(&self, padded: usize, before: usize, size: usize) -> Option<usize> {
        match (padded.checked_sub(before), self.border) {
            (Some(at), _) if at < size => Some(at),
            (_, Border::Zeros) => None,
            (None, Border::Reflect) => Some((before - padded).min(size - 1)),
            (Some(at), Border::Reflect) => Some((2 * (size - 1)).saturating_sub(at)),
        }
    }

    /// Values of one channel in the scratch, all phases.
    pub fn channel(&self) -> usize {
        self.phases[0] * self.phases[1] * self.scratch_rows * self.pitch
    }

    /// Where in the scratch the terms of the sum begin, input channel outermost and then the taps row by row. Three taps
    /// beside each other have one entry for the three; the second value is the number of taps an entry, 3 or 1.
    pub fn offsets(&self, spec: &Spec) -> (Vec<u32>, usize) {
        let [kh, kw] = spec.kernel;
        let taps = if kw == 3 && self.stride == 1 { 3 } else { 1 };
        let mut offsets = Vec::with_capacity(spec.depth() / taps);
        for channel in 0..spec.inputs / spec.groups {
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
