//! Looks at a file and says what it is, what it fits and what can be done with it.

use super::check::{check, fit};
use super::report::{Check, Fit, KeyFault, Report, TensorInfo, Verdict};
use crate::error::{Error, Result};
use crate::net::config::NetworkConfig;
use crate::state_dict::{DType, HostTensor, StateDict};
use crate::weights::arch::Arch;
use crate::weights::identity::Identity;
use crate::weights::keys;
use crate::weights::metadata::{Answers, Known, model_config};
use crate::weights::{Opened, open};
use std::collections::BTreeMap;
use std::path::Path;

/// Architectures that are listed as resembling.
const LISTED: usize = 5;

/// Examines a file or a Monodepth2 folder. Never fails: what cannot be read is reported as refused, with the reason.
pub fn inspect(path: &Path) -> Report {
    match open(path).and_then(|opened| examine(&opened)) {
        Ok(report) => report,
        Err(error) => refused(path, &error),
    }
}

fn refused(path: &Path, error: &Error) -> Report {
    Report {
        path: path.to_owned(),
        verdict: Verdict::Refused,
        sentence: error.to_string(),
        format: None,
        bytes: std::fs::metadata(path).map_or(0, |info| if info.is_file() { info.len() } else { 0 }),
        sha256: String::new(),
        parameters: 0,
        missing: Vec::new(),
        fits: Vec::new(),
        check: None,
        notes: Vec::new(),
        metadata: BTreeMap::new(),
        tensors: Vec::new(),
    }
}

/// The report on weights that were read.
///
/// # Errors
/// When an architecture cannot be built: a fault of the program.
pub fn examine(opened: &Opened) -> Result<Report> {
    let fits = fits(opened)?;
    let best = best(opened, &fits)?;
    let check = best.as_ref().map(|arch| check(arch, opened)).transpose()?;
    let (verdict, sentence, missing) = judge(opened, best.as_ref(), check.as_ref());
    let tensors = describe(&opened.tensors, &opened.renamed);
    let mut notes = opened.notes.clone();
    notes.extend(left_over(check.as_ref()).filter(|_| matches!(verdict, Verdict::Runs | Verdict::Asks)));
    notes.extend(not_finite(&tensors));
    let trained = opened.tensors.iter().filter(|(name, tensor)| is_float(tensor.dtype) && !keys::is_statistic(name));
    Ok(Report {
        path: opened.path.clone(),
        verdict,
        sentence,
        format: Some(opened.format),
        bytes: opened.bytes,
        sha256: opened.sha256.clone(),
        parameters: trained.map(|(_, tensor)| tensor.len()).sum(),
        missing,
        fits,
        check,
        notes,
        metadata: opened.metadata.clone(),
        tensors,
    })
}

/// The architectures that share most with a file, the best first.
fn fits(opened: &Opened) -> Result<Vec<Fit>> {
    let mut fits = Vec::new();
    for arch in Arch::all() {
        let fit = fit(&arch, opened)?;
        if fit.matched > 0 {
            fits.push(fit);
        }
    }
    // Shared tensors among all that either side has.
    let score = |fit: &Fit| fit.matched as f64 / (fit.expected + fit.unexpected) as f64;
    fits.sort_by(|a, b| score(b).total_cmp(&score(a)));
    fits.truncate(LISTED);
    Ok(fits)
}

/// What the file is compared with: what it is, with the parts that it has; or else what it resembles most.
fn best(opened: &Opened, fits: &[Fit]) -> Result<Option<Arch>> {
    let stored = match model_config(opened, &Answers::default()) {
        Ok(Known::Complete(config)) => Some(config.network),
        _ => None,
    };
    Ok(match (&opened.identity, stored) {
        (_, Some(network)) => Some(Arch::Network(network)),
        (Identity::Network(network), None) => Some(Arch::Network(network.clone())),
        (Identity::Encoder { kind, .. }, None) => Some(Arch::Encoder(*kind)),
        _ => fits.first().map(|fit| Arch::named(&fit.arch)).transpose()?,
    })
}

/// Verdict, its sentence, and the open questions.
fn judge(opened: &Opened, best: Option<&Arch>, check: Option<&Check>) -> (Verdict, String, Vec<String>) {
    let (Some(arch), Some(check)) = (best, check) else {
        let sentence = match model_config(opened, &Answers::default()) {
            Err(error) => error.to_string(),
            Ok(_) => "resembles none of the networks this program has".to_owned(),
        };
        return (Verdict::Foreign, without_path(&sentence, &opened.path), Vec::new());
    };
    let known = model_config(opened, &Answers::default());
    match (&opened.identity, known) {
        (_, Ok(known)) if check.complete() => {
            let what = called(opened, arch);
            match known {
                Known::Complete(_) => (Verdict::Runs, format!("{what}; it runs"), Vec::new()),
                Known::Missing(missing) => {
                    let list = missing.join(", ");
                    let sentence = format!("{what}; it runs once you say what a bare state dict cannot: {list}");
                    (Verdict::Asks, sentence, missing.iter().map(|m| (*m).to_owned()).collect())
                }
            }
        }
        (Identity::Network(_), Ok(_)) => (Verdict::Starts, partly(opened, arch, check), Vec::new()),
        (Identity::Encoder { kind, .. }, _) => {
            let Fit { matched, expected, unexpected, .. } = check.fit;
            let (title, name) = (kind.title(), kind.name());
            // A deeper or wider one of its family: its blocks have no place here.
            if unexpected > expected / 10 {
                let sentence = format!(
                    "An encoder that this program does not have: it resembles {title} most, but {unexpected} of its tensors have no place there"
                );
                return (Verdict::Foreign, sentence, Vec::new());
            }
            let complete = if matched == expected { "" } else { " and in part" };
            let sentence = format!(
                "The {title} encoder alone{complete}: a starting point for msfnet-{name}, whose other layers are still random"
            );
            (Verdict::Starts, sentence, Vec::new())
        }
        (Identity::Unknown, _) => {
            let Fit { title, matched, expected, .. } = &check.fit;
            let sentence = format!(
                "Another network: it resembles {title} most, and {matched} of that one's {expected} tensors fit"
            );
            (Verdict::Foreign, sentence, Vec::new())
        }
        (_, Err(error)) => (Verdict::Foreign, without_path(&error.to_string(), &opened.path), Vec::new()),
        (_, Ok(_)) => (Verdict::Starts, partly(opened, arch, check), Vec::new()),
    }
}

/// What the weights are, as a sentence begins: `MSFNet on ResNet-18 with a gate`.
fn called(opened: &Opened, arch: &Arch) -> String {
    let Arch::Network(network) = arch else { return arch.title() };
    let stated = opened.metadata.contains_key(crate::weights::metadata::CONFIG_KEY);
    match network {
        NetworkConfig::Msfnet(net) => {
            let gate = match (stated, net.gate) {
                (true, gate) => format!("with {}", gate.title()),
                (false, crate::net::config::GateKind::None) => "without a gate".to_owned(),
                (false, _) => "with a gate".to_owned(),
            };
            let usf = if net.usf { "" } else { " and without USF" };
            format!("{} {gate}{usf}", network.title())
        }
        NetworkConfig::Monodepth2 { monodepth2 } if monodepth2.stereo => {
            format!("{}, trained with stereo pairs: depth in metres", network.title())
        }
        NetworkConfig::Monodepth2 { .. } => format!("{}: depth without a scale", network.title()),
        NetworkConfig::Hu { .. } => format!("{}: depth in metres", network.title()),
    }
}

/// A network of which something is missing or has another shape.
fn partly(opened: &Opened, arch: &Arch, check: &Check) -> String {
    let what = called(opened, arch);
    let head = check.rows.iter().find(|row| row.fault == KeyFault::Misshaped);
    let missing = check.rows.iter().filter(|row| row.fault == KeyFault::Missing).count();
    match head {
        Some(row) if missing == 0 => format!(
            "{what}, but `{}` is {:?} where depth needs {:?}: a starting point whose `{}` is random",
            row.name,
            row.found.as_deref().unwrap_or_default(),
            row.expected.as_deref().unwrap_or_default(),
            check.random.join("`, `"),
        ),
        _ => format!(
            "{what}, but {missing} of its {} tensors are not there: a starting point whose other layers are random",
            check.fit.expected
        ),
    }
}

fn without_path(sentence: &str, path: &Path) -> String {
    let prefix = format!("{}: ", path.display());
    sentence.strip_prefix(&prefix).unwrap_or(sentence).to_owned()
}

fn is_float(dtype: DType) -> bool {
    matches!(dtype, DType::F16 | DType::BF16 | DType::F32 | DType::F64)
}

/// Every tensor under the file's own name, with the range of its values.
fn describe(tensors: &StateDict, renamed: &[(String, String)]) -> Vec<TensorInfo> {
    let old: BTreeMap<&str, &str> = renamed.iter().map(|(old, new)| (new.as_str(), old.as_str())).collect();
    let mut list: Vec<TensorInfo> =
        tensors.iter().map(|(name, tensor)| info(old.get(name).copied().unwrap_or(name), tensor)).collect();
    list.sort_by(|a, b| a.name.cmp(&b.name));
    list
}

fn info(name: &str, tensor: &HostTensor) -> TensorInfo {
    let (mut min, mut max, mut nan, mut infinite) = (f32::INFINITY, f32::NEG_INFINITY, 0, 0);
    for value in tensor.to_f32() {
        if value.is_finite() {
            (min, max) = (min.min(value), max.max(value));
        } else if value.is_nan() {
            nan += 1;
        } else {
            infinite += 1;
        }
    }
    if min > max {
        (min, max) = (0.0, 0.0);
    }
    TensorInfo { name: name.to_owned(), dtype: tensor.dtype, shape: tensor.shape.clone(), min, max, nan, infinite }
}

/// The note on tensors that a whole network has no place for, if there are any.
fn left_over(check: Option<&Check>) -> Option<String> {
    let check = check?;
    let mut names = check.rows.iter().filter(|row| row.fault == KeyFault::Unexpected).map(|row| row.name.as_str());
    let first: Vec<&str> = names.by_ref().take(3).collect();
    if first.is_empty() {
        return None;
    }
    let more = match names.count() {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    let title = &check.fit.title;
    Some(format!("`{}`{more} have no place in {title} and are left out.", first.join("`, `")))
}

/// The note on values that are not finite, if there are any.
fn not_finite(tensors: &[TensorInfo]) -> Option<String> {
    let bad: Vec<&TensorInfo> = tensors.iter().filter(|tensor| tensor.nan + tensor.infinite > 0).collect();
    let first = bad.first()?;
    let values: usize = bad.iter().map(|tensor| tensor.nan + tensor.infinite).sum();
    Some(format!(
        "{values} values in {} tensors are not finite, `{}` first: its predictions will not be either.",
        bad.len(),
        first.name
    ))
}
