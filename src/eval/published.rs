//! Published tables with their protocols: I, II and III of the MSFNet paper, Monodepth2's, and single rows of others
//! (reference.md 11).
//!
//! Numbers of others in the paper's tables are as that paper prints them; they were measured under differing protocols.

use super::protocol::Protocol;
use super::sums::Metric;

/// One line of a published table; `None` where the paper prints no number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The method as the paper calls it: first author and year, or the variant of MSFNet.
    pub method: &'static str,
    /// Mean |g−p| / g.
    pub rel: Option<f64>,
    /// Mean (g−p)² / g in metres.
    pub sq_rel: Option<f64>,
    /// Root of the mean squared error in metres.
    pub rmse: Option<f64>,
    /// Root of the mean squared difference of logarithms.
    pub rmse_log: Option<f64>,
    /// Mean |log₁₀ g − log₁₀ p|.
    pub log10: Option<f64>,
    /// Share of pixels with a ratio below 1.25.
    pub d1: f64,
    /// Share below 1.25².
    pub d2: f64,
    /// Share below 1.25³.
    pub d3: f64,
    /// Whether the numbers were compared with the publication; else they are as commonly quoted.
    pub checked: bool,
}

impl Row {
    /// The value of a metric; `None` where none is printed.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Rel => self.rel,
            Metric::SqRel => self.sq_rel,
            Metric::Rmse => self.rmse,
            Metric::RmseLog => self.rmse_log,
            Metric::Log10 => self.log10,
            Metric::Mae | Metric::Silog | Metric::Irmse => None,
            Metric::D1 => some(self.d1),
            Metric::D2 => some(self.d2),
            Metric::D3 => some(self.d3),
        }
    }
}

/// A published table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its number and subject.
    pub title: &'static str,
    /// Data, split and the way of measuring, as far as the paper says.
    pub protocol: &'static str,
    /// Its lines in the paper's order.
    pub rows: &'static [Row],
}

impl Table {
    /// The line of a method.
    pub fn row(&self, method: &str) -> Option<&'static Row> {
        self.rows.iter().find(|row| row.method == method)
    }
}

/// A line with REL, RMSE, log10 (NaN: not printed) and δ1–δ3.
const fn row(method: &'static str, [rel, rmse, log10, d1, d2, d3]: [f64; 6]) -> Row {
    Row { sq_rel: None, rmse_log: None, log10: some(log10), ..kitti(method, [rel, NO, rmse, NO, d1, d2, d3]) }
}

/// A line with REL, SqRel, RMSE, RMSElog and δ1–δ3, as Monodepth2 prints them.
const fn kitti(method: &'static str, [rel, sq_rel, rmse, rmse_log, d1, d2, d3]: [f64; 7]) -> Row {
    let (rel, sq_rel, rmse, rmse_log) = (some(rel), some(sq_rel), some(rmse), some(rmse_log));
    Row { method, rel, sq_rel, rmse, rmse_log, log10: None, d1, d2, d3, checked: true }
}

/// The same from common knowledge.
const fn unchecked(row: Row) -> Row {
    Row { checked: false, ..row }
}

const fn some(v: f64) -> Option<f64> {
    if v.is_nan() { None } else { Some(v) }
}

/// Where the paper prints a dash.
const NO: f64 = f64::NAN;

/// Table I: NYU Depth V2.
pub const TABLE_I: Table = Table {
    title: "Table I · NYU Depth V2",
    protocol: "654 test pictures, hu_nyu (304×228 crop, δ uses ≤); SENet-154 encoder; others by their own protocols",
    rows: &[
        row("Eigen14", [0.215, 0.907, NO, 0.611, 0.887, 0.971]),
        row("Liu15", [0.23, 0.824, 0.095, 0.614, 0.883, 0.971]),
        row("Chakrabarti16", [0.149, 0.62, NO, 0.806, 0.958, 0.987]),
        row("Laina16", [0.127, 0.573, 0.055, 0.811, 0.953, 0.988]),
        row("Cao17", [0.232, 0.819, 0.091, 0.646, 0.892, 0.968]),
        row("Li17", [0.143, 0.635, 0.063, 0.788, 0.958, 0.991]),
        row("Xu17", [0.121, 0.586, 0.052, 0.811, 0.954, 0.987]),
        row("Lee18", [0.139, 0.572, NO, 0.815, 0.963, 0.991]),
        row("Qi18", [0.128, 0.569, 0.057, 0.834, 0.96, 0.99]),
        row("Zhang19", [0.121, 0.497, NO, 0.846, 0.968, 0.994]),
        row("Wang20 (SDC)", [0.128, 0.497, NO, 0.845, 0.966, 0.990]),
        row("Su20", [0.137, 0.498, 0.058, 0.826, 0.967, 0.995]),
        row("Wang20 (Cliff)", [0.128, 0.493, NO, 0.844, 0.964, 0.991]),
        row("MSFNet", [0.118, 0.531, 0.051, 0.865, 0.975, 0.993]),
    ],
};

/// Table II: KITTI.
pub const TABLE_II: Table = Table {
    title: "Table II · KITTI",
    protocol: "697 test pictures of the Eigen split, up to 80 m, sparse LiDAR, full image; rivals are cropped",
    rows: &[
        row("Ladicky14", [NO, NO, NO, 0.47, 0.721, 0.854]),
        row("Eigen14", [0.19, 7.156, NO, 0.692, 0.899, 0.967]),
        row("Garg16", [0.169, 5.104, NO, 0.74, 0.904, 0.962]),
        row("Godard17", [0.148, 5.927, NO, 0.803, 0.922, 0.964]),
        row("Xu17", [0.125, 4.685, NO, 0.816, 0.951, 0.983]),
        row("Xu18", [0.122, 4.677, NO, 0.818, 0.954, 0.985]),
        row("Liu19", [0.127, 4.977, NO, 0.838, 0.948, 0.98]),
        row("Fang20", [0.098, 4.075, NO, 0.889, 0.963, 0.985]),
        row("MSFNet", [0.098, 4.054, NO, 0.893, 0.968, 0.987]),
    ],
};

/// Table III: the ablation on the 795 training and 654 test pictures of NYU Depth V2.
pub const TABLE_III: Table = Table {
    title: "Table III · ablation on NYU Depth V2",
    protocol: "trained on the 795 official training pictures, 654 test pictures, hu_nyu (304×228 crop, δ uses ≤)",
    rows: &[
        row("baseline", [0.21, 0.717, 0.081, 0.693, 0.918, 0.977]),
        row("+USF", [0.197, 0.728, 0.079, 0.704, 0.926, 0.982]),
        row("+USF+CBAM-S", [0.189, 0.752, 0.078, 0.713, 0.928, 0.982]),
        row("+USF+EDA", [0.176, 0.703, 0.073, 0.737, 0.935, 0.985]),
        row("+USF+EDA+batch-loss", [0.173, 0.658, 0.071, 0.748, 0.945, 0.989]),
    ],
};

/// Monodepth2's table 1.
pub const MONODEPTH2: Table = Table {
    title: "Monodepth2 table 1 · KITTI",
    protocol: "697 Eigen frames, raw LiDAR, 80 m, Garg crop, md_eigen; M median scaled, S and MS × 5.4",
    rows: &[
        kitti("M 640×192", [0.115, 0.903, 4.863, 0.193, 0.877, 0.959, 0.981]),
        kitti("M 640×192, released weights", [0.115, 0.909, 4.866, 0.193, 0.877, NO, NO]),
        kitti("M 1024×320", [0.115, 0.882, 4.701, 0.190, 0.879, 0.961, 0.982]),
        kitti("M 1024×320, released weights", [0.115, 0.886, 4.704, 0.190, 0.879, NO, NO]),
        kitti("S 640×192", [0.109, 0.873, 4.960, 0.209, 0.864, 0.948, 0.975]),
        kitti("S 640×192, released weights", [0.109, 0.875, 4.959, 0.209, 0.864, NO, NO]),
        kitti("S 1024×320", [0.107, 0.849, 4.764, 0.201, 0.874, 0.953, 0.977]),
        kitti("S 1024×320, released weights", [0.107, 0.851, 4.765, 0.201, 0.874, NO, NO]),
        unchecked(kitti("MS 640×192", [0.106, 0.818, 4.750, 0.196, 0.874, 0.957, 0.979])),
        unchecked(kitti("MS 1024×320", [0.106, 0.806, 4.630, 0.193, 0.876, 0.958, 0.980])),
        unchecked(kitti("M 640×192 without ImageNet", [0.132, 1.044, 5.142, 0.210, 0.845, 0.948, 0.977])),
        unchecked(kitti("S 640×192 without ImageNet", [0.130, 1.144, 5.485, 0.232, 0.831, 0.932, 0.968])),
        unchecked(kitti("MS 640×192 without ImageNet", [0.127, 1.031, 5.266, 0.221, 0.836, 0.943, 0.974])),
    ],
};

/// Monodepth2 on the improved ground truth.
pub const MONODEPTH2_IMPROVED: Table = Table {
    title: "Monodepth2 · KITTI, improved ground truth",
    protocol: "652 Eigen frames with annotated depth, 80 m, md_benchmark",
    rows: &[
        unchecked(kitti("M 640×192", [0.090, 0.545, 3.942, 0.137, 0.914, 0.983, 0.995])),
        unchecked(kitti("S 640×192", [0.085, 0.537, 3.868, 0.139, 0.912, 0.979, 0.993])),
        unchecked(kitti("MS 640×192", [0.080, 0.466, 3.681, 0.127, 0.926, 0.985, 0.995])),
    ],
};

/// Hu et al. on their own protocol.
pub const HU: Table = Table {
    title: "Hu et al. 2019 · NYU Depth V2",
    protocol: "654 test pictures, hu_nyu",
    rows: &[unchecked(row("SENet-154", [0.115, 0.530, 0.050, 0.866, 0.975, 0.993]))],
};

/// DenseDepth on its own protocol.
pub const DENSEDEPTH: Table = Table {
    title: "DenseDepth 2018 · NYU Depth V2",
    protocol: "654 test pictures, dd_nyu (REL over the prediction, mean with the mirror image)",
    rows: &[unchecked(row("DenseNet-169", [0.123, 0.465, 0.053, 0.846, 0.974, 0.994]))],
};

/// Laina et al. on their own protocol.
pub const FCRN: Table = Table {
    title: "Laina et al. 2016 · NYU Depth V2",
    protocol: "654 test pictures, fcrn_nyu",
    rows: &[row("ResNet-UpProj", [0.127, 0.573, 0.055, 0.811, 0.953, 0.988])],
};

/// The published tables that rows of a protocol are held against; none for those that nobody here has printed.
pub fn tables(protocol: Protocol) -> &'static [Table] {
    match protocol {
        Protocol::HuNyu => &[TABLE_I, TABLE_III, HU],
        Protocol::DdNyu => &[DENSEDEPTH],
        Protocol::FcrnNyu => &[FCRN],
        Protocol::MdEigen => &[MONODEPTH2],
        Protocol::MdBenchmark => &[MONODEPTH2_IMPROVED],
        Protocol::MsfKitti => &[TABLE_II],
        Protocol::BtsNyu | Protocol::BtsKitti => &[],
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_plausible_and_named_once() {
        let all = Protocol::ALL.iter().flat_map(|protocol| tables(*protocol));
        for table in all {
            for (i, r) in table.rows.iter().enumerate() {
                let known = !r.d2.is_nan();
                assert!(r.d1 < 0.95 && (!known || r.d1 < r.d2 && r.d2 < r.d3 && r.d3 < 1.0), "{}", r.method);
                assert_eq!([r.value(Metric::D2), r.value(Metric::Rel)], [some(r.d2), r.rel]);
                assert!(r.rel.is_none_or(|v| (0.05..0.3).contains(&v)), "{}", r.method);
                assert!(table.rows[..i].iter().all(|other| other.method != r.method), "{}", r.method);
            }
        }
        assert_eq!([TABLE_I, TABLE_II, TABLE_III].map(|t| t.rows.len()), [14, 9, 5]);
    }

    #[test]
    fn the_lines_that_a_faithful_network_must_meet() {
        let md = MONODEPTH2.row("M 640×192, released weights").unwrap();
        let printed = [Metric::Rel, Metric::SqRel, Metric::Rmse, Metric::RmseLog, Metric::D1].map(|m| md.value(m));
        assert_eq!(printed, [Some(0.115), Some(0.909), Some(4.866), Some(0.193), Some(0.877)]);
        assert_eq!((md.value(Metric::D2), md.value(Metric::Log10), md.checked), (None, None, true));
        assert!(!MONODEPTH2_IMPROVED.row("MS 640×192").unwrap().checked);
        assert_eq!(TABLE_I.row("Laina16").unwrap().rel, FCRN.rows[0].rel);
    }

    #[test]
    fn the_papers_own_network_leads_in_what_it_claims() {
        let best = TABLE_I.rows.iter().map(|r| r.d1).fold(0.0, f64::max);
        assert_eq!(TABLE_I.row("MSFNet").unwrap().d1, best);
        assert_eq!(TABLE_II.row("Ladicky14").unwrap().rel, None);
        assert!(TABLE_II.row("MSFNet").unwrap().rmse < TABLE_II.row("Fang20").unwrap().rmse);
        // The line that the shipped networks' 795 / 654 training is held against.
        let eda = TABLE_III.row("+USF+EDA").unwrap();
        assert_eq!((eda.rel, eda.rmse, eda.log10, eda.d1), (Some(0.176), Some(0.703), Some(0.073), 0.737));
    }
}
