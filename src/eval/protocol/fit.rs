//! Which protocol fits which data, and what a row must say when the ground truth is not the one that was published with.

use super::crop::{NYU, NYU_HALF};
use super::input::kb;
use super::rules::Protocol;
use crate::data::dataset::{DataKind, TruthSource};
use crate::error::{Error, Result};

/// What is known of a data set's ground truth; from its first frame, or less before that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TruthFacts {
    /// What the data are of.
    pub kind: DataKind,
    /// Where the depth comes from.
    pub source: Option<TruthSource>,
    /// Width and height of the ground truth.
    pub size: Option<[usize; 2]>,
}

/// The protocols that can be run on such data.
pub fn right_ones(facts: &TruthFacts) -> Vec<Protocol> {
    Protocol::ALL.into_iter().filter(|protocol| fits(*protocol, facts)).collect()
}

fn fits(protocol: Protocol, facts: &TruthFacts) -> bool {
    let of_kind = match facts.kind {
        DataKind::Nyu => protocol.is_nyu(),
        DataKind::Kitti => !protocol.is_nyu(),
        DataKind::Other => true,
    };
    let of_size = facts.size.is_none_or(|size| match protocol {
        _ if protocol.is_nyu() => size == NYU || size == NYU_HALF,
        Protocol::BtsKitti => kb("", "", size).is_ok(),
        _ => true,
    });
    let of_source = facts.source.is_none_or(|source| match protocol {
        // What was published with is KITTI's annotated depth, and that is PNG.
        Protocol::MdBenchmark | Protocol::BtsKitti => matches!(source, TruthSource::Annotated | TruthSource::File),
        Protocol::MdEigen => source != TruthSource::Annotated,
        _ => true,
    });
    of_kind && of_size && of_source
}

/// Why a protocol cannot be used on such data, in words; `None` where it can.
pub fn why_not(protocol: Protocol, facts: &TruthFacts) -> Option<String> {
    (!fits(protocol, facts)).then(|| format!("takes {}", takes(protocol)))
}

/// Refuses a pairing of data and protocol that means nothing.
///
/// # Errors
/// [`Error::Usage`] with the list of those that do.
pub fn check(protocol: Protocol, spec: &str, facts: &TruthFacts) -> Result<()> {
    if fits(protocol, facts) {
        return Ok(());
    }
    let truth = match (facts.source, facts.size) {
        (Some(source), Some([w, h])) => format!(" (ground truth: {}, {w}x{h})", source.title()),
        _ => String::new(),
    };
    let right: Vec<&str> = right_ones(facts).into_iter().map(Protocol::name).collect();
    Err(Error::Usage(format!(
        "{} is not for {spec}{truth}, it takes {}; the protocols for these data are {}",
        protocol.name(),
        takes(protocol),
        right.join(", ")
    )))
}

/// The data of a protocol, in words.
fn takes(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::HuNyu | Protocol::DdNyu | Protocol::BtsNyu | Protocol::FcrnNyu => {
            "NYU frames of 640x480 or 320x240 (nyu-mat:, nyu:, pairs: of that size)"
        }
        Protocol::MdEigen => "LiDAR projected from raw drives (kitti-raw:, pairs:)",
        Protocol::MdBenchmark | Protocol::BtsKitti => "depth in PNG files (kitti-depth:, pairs:)",
        Protocol::MsfKitti => "frames of KITTI (kitti-raw:, kitti-depth:, pairs:)",
    }
}

/// What sets a row's ground truth apart from the one that the protocol was published with; `None` when nothing does.
pub fn mark(protocol: Protocol, source: TruthSource, size: [usize; 2]) -> Option<String> {
    let half = protocol.is_nyu() && protocol != Protocol::HuNyu && size == NYU_HALF;
    let published = match protocol {
        Protocol::HuNyu | Protocol::DdNyu | Protocol::FcrnNyu => TruthSource::Filled,
        Protocol::BtsNyu => TruthSource::Raw,
        Protocol::MdEigen | Protocol::MsfKitti => TruthSource::LidarX,
        Protocol::MdBenchmark | Protocol::BtsKitti => TruthSource::Annotated,
    };
    let what = match source {
        _ if source == published && !half => return None,
        TruthSource::Filled => "filled",
        TruthSource::Raw => "raw, holes do not count",
        TruthSource::LidarX => "raw LiDAR, x",
        TruthSource::LidarZ => "raw LiDAR, camera z",
        TruthSource::Annotated => "improved ground truth",
        TruthSource::File => "depth files of unknown making",
        TruthSource::Synthetic => "synthetic",
    };
    Some(if half { format!("half resolution, {what}") } else { what.to_owned() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use Protocol::{BtsKitti, BtsNyu, DdNyu, FcrnNyu, HuNyu, MdBenchmark, MdEigen, MsfKitti};

    fn facts(kind: DataKind, source: TruthSource, size: [usize; 2]) -> TruthFacts {
        TruthFacts { kind, source: Some(source), size: Some(size) }
    }

    #[test]
    fn the_right_ones_of_each_data() {
        let right = |kind, source, size| right_ones(&facts(kind, source, size));
        let nyu = [HuNyu, DdNyu, BtsNyu, FcrnNyu];
        assert_eq!(right(DataKind::Nyu, TruthSource::Filled, [320, 240]), nyu);
        assert_eq!(right(DataKind::Nyu, TruthSource::Raw, [640, 480]), nyu);
        let kitti = [1242, 375];
        assert_eq!(right(DataKind::Kitti, TruthSource::LidarX, kitti), [MdEigen, MsfKitti]);
        assert_eq!(right(DataKind::Kitti, TruthSource::Annotated, kitti), [MdBenchmark, BtsKitti, MsfKitti]);
        assert_eq!(right(DataKind::Other, TruthSource::File, kitti), [MdEigen, MdBenchmark, BtsKitti, MsfKitti]);
        assert_eq!(right(DataKind::Other, TruthSource::File, [1000, 300]), [MdEigen, MdBenchmark, MsfKitti]);
        let room = right(DataKind::Other, TruthSource::Synthetic, [640, 480]);
        assert_eq!(room, [HuNyu, DdNyu, BtsNyu, FcrnNyu, MdEigen, MsfKitti]);
    }

    #[test]
    fn a_wrong_pairing_lists_the_right_ones() {
        let lidar = facts(DataKind::Kitti, TruthSource::LidarX, [1242, 375]);
        let error = check(BtsKitti, "kitti-raw:/d", &lidar).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let text = error.to_string();
        assert!(text.contains("kitti-depth:") && text.ends_with("are md_eigen, msf_kitti"), "{text}");
        // Before the first frame is read, the kind alone decides.
        let unread = TruthFacts { kind: DataKind::Nyu, source: None, size: None };
        assert!(
            check(MdEigen, "nyu:d", &unread).unwrap_err().to_string().ends_with("hu_nyu, dd_nyu, bts_nyu, fcrn_nyu")
        );
        assert!(check(HuNyu, "nyu:d", &unread).is_ok());
    }

    #[test]
    fn rows_say_what_their_ground_truth_is() {
        let (half, full) = ([320, 240], [640, 480]);
        for protocol in [DdNyu, BtsNyu, FcrnNyu] {
            assert_eq!(mark(protocol, TruthSource::Filled, half).as_deref(), Some("half resolution, filled"));
        }
        assert_eq!(mark(HuNyu, TruthSource::Filled, half), None);
        assert_eq!(mark(DdNyu, TruthSource::Filled, full), None);
        assert_eq!(mark(BtsNyu, TruthSource::Filled, full).as_deref(), Some("filled"));
        assert_eq!(mark(BtsNyu, TruthSource::Raw, full), None);
        assert_eq!(mark(MdEigen, TruthSource::LidarX, [1242, 375]), None);
        assert_eq!(mark(MdEigen, TruthSource::LidarZ, [1242, 375]).as_deref(), Some("raw LiDAR, camera z"));
        assert_eq!(mark(MsfKitti, TruthSource::Annotated, [1242, 375]).as_deref(), Some("improved ground truth"));
    }
}
