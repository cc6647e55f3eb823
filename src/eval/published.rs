//! Tables I, II and III of the MSFNet paper, as published (reference.md 11.1–11.3), with their protocols.
//!
//! Numbers of others are as that paper prints them; they were measured under differing protocols.

/// One line of a published table; `None` where the paper prints no number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The method as the paper calls it: first author and year, or the variant of MSFNet.
    pub method: &'static str,
    /// Mean |g−p| / g.
    pub rel: Option<f64>,
    /// Root of the mean squared error in metres.
    pub rmse: Option<f64>,
    /// Mean |log₁₀ g − log₁₀ p|.
    pub log10: Option<f64>,
    /// Share of pixels with a ratio below 1.25.
    pub d1: f64,
    /// Share below 1.25².
    pub d2: f64,
    /// Share below 1.25³.
    pub d3: f64,
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
    Row { method, rel: some(rel), rmse: some(rmse), log10: some(log10), d1, d2, d3 }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_plausible_and_named_once() {
        for table in [TABLE_I, TABLE_II, TABLE_III] {
            for (i, r) in table.rows.iter().enumerate() {
                assert!(r.d1 < r.d2 && r.d2 < r.d3 && r.d3 < 1.0, "{}", r.method);
                assert!(r.rel.is_none_or(|v| (0.05..0.3).contains(&v)), "{}", r.method);
                assert!(table.rows[..i].iter().all(|other| other.method != r.method), "{}", r.method);
            }
        }
        assert_eq!([TABLE_I, TABLE_II, TABLE_III].map(|t| t.rows.len()), [14, 9, 5]);
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
