//! The keys of [`super::TrainConfig`] with what `--help` and the panel say of each.

/// One key of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its section.
    pub section: &'static str,
    /// Its name there, unique over all sections.
    pub name: &'static str,
    /// One line for `--help` and the panel.
    pub help: &'static str,
    /// May change when a run is resumed.
    pub free: bool,
}

const fn key(section: &'static str, name: &'static str, help: &'static str) -> Key {
    Key { section, name, help, free: false }
}

const fn free(section: &'static str, name: &'static str, help: &'static str) -> Key {
    Key { section, name, help, free: true }
}

/// All keys.
pub const KEYS: &[Key] = &[
    key(
        "data",
        "data",
        "the training data: nyu:DIR, nyu-mat:FILE, kitti-raw:DIR, kitti-depth:DIR, pairs:DIR[@SCALE][,f=PIXELS], synthetic:room, \
         synthetic:road; several by giving it again or with ` + ` between them, each with ,split=NAME ,limit=N ,times=N behind it",
    ),
    key("data", "split", "frames of it: all, nyu-train, nyu-test, eigen, or a file with one frame a line"),
    key("data", "limit", "at most this many frames of it, 0 for all"),
    key("data", "val", "validation data of their own, one or several"),
    key("data", "val_split", "frames of the validation data"),
    key(
        "data",
        "val_scenes",
        "file with the scenes, drives or frames (with * and ?) to hold out for validation, or nyu_holdout for the list that ships",
    ),
    key("data", "val_fraction", "share of the training data to hold out for validation, whole scenes"),
    key("data", "val_limit", "at most this many validation frames, 0 for all"),
    key("data", "val_protocol", "protocol of the validation: auto, hu_nyu, msf_kitti, …"),
    key("data", "unit", "what the network gives: ten_over_metres or metres"),
    key("data", "batch", "samples in a batch"),
    key(
        "data",
        "sizes",
        "the network's input: `fixed 304x228`, or drawn for each batch: `range 34656..138624 aspect 1.2..1.6 multiple 32`",
    ),
    key("network", "encoder", "senet154, resnet18, efficientnet_lite0, …"),
    key("network", "gate", "none, cbam_s or eda"),
    key("network", "usf", "with the up-sampling and fusion module"),
    key("network", "eda_inline", "stage 4 and the decoder see the gated stage 3"),
    key("network", "eda_source", "what the gate sees: post_relu or pre_relu"),
    key("network", "usf_width", "channels of each Up-block, 1 to 64"),
    key("network", "usf_pool", "pooling behind the Up-blocks: average or max"),
    key("network", "rdr_integrate", "RDR's integration: concat or add"),
    key("network", "align_corners", "corner alignment of the decoder's resizes"),
    key("network", "output", "linear or softplus"),
    key("start", "init", "weights to start from: a file, a name that ships, or none"),
    key("start", "freeze_encoder", "leave the encoder as it is"),
    key("start", "batch_norm", "train (batch statistics) or frozen (running statistics)"),
    key(
        "start",
        "start_share",
        "share of the start in the weights that are written, such as 0.5: fine-tuning then unlearns less; 0 for none",
    ),
    key("loss", "kind", "msfnet (equations 3 to 7), hu or dense_depth"),
    key("loss", "batch_loss", "sample, sample_sum, pixel, pixel_batch, pixel_mean_one or l1"),
    key("loss", "detach", "no gradient through the batch-loss weights"),
    key("loss", "temperature", "of the softmax over the batch"),
    key("loss", "lambda", "weight of the depth term"),
    key("loss", "mu", "weight of the auxiliary heads"),
    key("loss", "gradient", "forward differences or sobel"),
    key("loss", "gradient_weight", "weight of the gradient term"),
    key("loss", "ssim_weight", "weight of the SSIM term"),
    key("loss", "ssim_range", "range of the values for SSIM: 100 for 10/metres, 80 for metres on KITTI"),
    key("loss", "edge_weight", "weight of the extra term for outlines, 0 for none"),
    key("loss", "edge_space", "of which values outlines are compared: log, target or ten_over"),
    key("loss", "edge_knee", "steepness up to which the outline term is proportional"),
    key("optimizer", "optimizer", "adam or adam_w"),
    key("optimizer", "beta1", "decay of the first moment"),
    key("optimizer", "beta2", "decay of the second moment"),
    key("optimizer", "epsilon", "added to the root of the second moment"),
    key("optimizer", "weight_decay", "weight decay"),
    key("optimizer", "encoder_rate", "the encoder's rate as a factor of the others'"),
    key("optimizer", "clip", "largest global norm of the gradient, 0 for no limit"),
    key("optimizer", "accumulate", "batches that make one step; its loss is that of all their samples"),
    key("optimizer", "ema", "decay of the averaged weights, 0 for none"),
    key("schedule", "rate", "learning rate, the highest of a one-cycle schedule"),
    key("schedule", "schedule", "constant, step or one_cycle"),
    key("schedule", "step_factor", "factor of the step schedule"),
    key("schedule", "step_epochs", "epochs between its steps"),
    key("schedule", "warmup", "share of the run in which the rate rises"),
    key("schedule", "cycle_momentum", "β₁ moves against the rate of a one-cycle schedule"),
    free("schedule", "epochs", "epochs, over all of which rates, warm-up and growing sizes are spread"),
    free("schedule", "max_steps", "stop behind this many steps, by the schedule of all epochs; 0 for no limit"),
    key("augment", "flip", "probability of a horizontal flip"),
    key("augment", "channel_permutation", "probability of one of the six orders of the channels"),
    key(
        "augment",
        "crop",
        "none, `center fit` or `random fit` (nothing is stretched), `center WxH of WxH` or `random WxH of WxH`: the window of the picture that is looked at",
    ),
    key("augment", "zoom", "least and largest zoom, such as 1.0,1.4; depth is divided by it"),
    key("augment", "zoom_place", "where the zoomed part lies: center or random"),
    key("augment", "rotation", "largest angle in degrees"),
    key("augment", "brightness", "v of a factor in 1 ± v"),
    key("augment", "contrast", "v of a factor in 1 ± v"),
    key("augment", "saturation", "v of a factor in 1 ± v"),
    key("augment", "gamma", "v of a power in 1 ± v"),
    key("augment", "near", "measured depth below this many metres is no value"),
    key("augment", "far", "measured depth above this many metres is no value"),
    key("augment", "kitti_gt", "the target of sparse depth: every_second, min2x2 or min_cell"),
    key("augment", "canonical_focal", "focal length in pixels to which depth is brought, 0 for none"),
    key(
        "augment",
        "own_focal",
        "focal length of the one camera of all pictures, as a share of their longer side, such as 0.81 (with canonical_focal); 0: each picture's own",
    ),
    key("run", "name", "name of the weights"),
    key("run", "seed", "seed of everything random"),
    free("run", "device", "where to compute: auto, cpu, gpu, or a number from `devices`"),
    free("run", "threads", "threads that decode and augment ahead"),
    free("run", "cache_mb", "megabytes that decoded pictures may stay in memory with"),
    free("run", "checkpoint_every", "steps between checkpoints, 0 after each epoch"),
    key("run", "validate_every", "steps between validations, 0 after each epoch"),
    free("run", "on_nan", "after a loss or gradient that is not finite: halve the rate, or stop"),
    free("run", "half", "write weights in half precision"),
];
