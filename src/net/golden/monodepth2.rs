//! The rows of Monodepth2 (reference.md 9): depth network, pose networks, motions; sizes, costs, names.

use super::{Fill, check, input};
use crate::device::to_host;
use crate::net::block::macs_of;
use crate::net::config::Monodepth2Config;
use crate::net::encoder::resnet::Depth;
use crate::net::monodepth2::depth::DepthDecoder;
use crate::net::monodepth2::pose::{PoseDecoder, PoseInput};
use crate::net::monodepth2::{DEPTH_RANGE, Monodepth2, PoseCnn, PoseNetwork, checked, disp_to_depth};
use crate::net::tap::Recorder;
use crate::net::visit::{Network, Visitor};
use burn::tensor::{Device, Tensor};

fn depth(layers: usize) -> Monodepth2 {
    Monodepth2::new(&Monodepth2Config { layers, stereo: false }, &Device::flex()).unwrap()
}

/// The decoder as a network of its own.
struct Bare(DepthDecoder);

impl Network for Bare {
    fn walk<V: Visitor>(&mut self, v: &mut V) -> crate::error::Result<()> {
        self.0.walk(v)
    }
}

#[test]
#[rustfmt::skip]
fn depth_rows() {
    let maps = [
        ([1, 64, 32, 48], [0.5326412, 0.7750021, 0.0, 5.560712, 0.0, 0.0, 0.0, 0.0, 0.0]),
        ([1, 64, 16, 24], [2.624041, 2.128623, 0.0, 11.83188, 0.0, 3.073734, 1.038627, 3.117601, 5.530151]),
        ([1, 128, 8, 12], [2.120427, 2.558964, 0.0, 16.23963, 0.0, 2.599443, 0.0, 0.11526, 1.829813]),
        ([1, 256, 4, 6], [1.838348, 2.377995, 0.0, 14.6493, 0.2460672, 0.0, 1.975983, 9.407446, 3.689793]),
        ([1, 512, 2, 3], [1.376748, 1.861123, 0.0, 14.01182, 1.889809, 0.3970876, 2.261235, 0.703648, 0.2403477]),
    ];
    let disparities = [
        ([1, 1, 64, 96], [0.4123578, 0.08431442, 0.1844376, 0.6900728, 0.5160925, 0.521202, 0.3590467, 0.3937209, 0.4395612]),
        ([1, 1, 32, 48], [0.3666017, 0.1192734, 0.1060889, 0.7658993, 0.3696425, 0.2028139, 0.4109274, 0.2267644, 0.2797122]),
        ([1, 1, 16, 24], [0.7748873, 0.1215333, 0.2980327, 0.9578696, 0.588109, 0.5801794, 0.711954, 0.7230539, 0.8902341]),
        ([1, 1, 8, 12], [0.6684293, 0.1568992, 0.1992477, 0.9492199, 0.9299551, 0.545392, 0.6644253, 0.4025366, 0.3567428]),
    ];
    let mut net = depth(18);
    net.walk(&mut Fill).unwrap();
    let rows = |net: &Monodepth2, how: &str| {
        let mut taps = Recorder::default();
        let output = net.forward(input("input", [1, 3, 64, 96], false), &mut taps).unwrap();
        for (i, (shape, row)) in maps.into_iter().enumerate() {
            check(&format!("{how}, f{i}"), taps.get(&format!("stage{i}")).unwrap().clone(), shape, row);
        }
        for (i, (disparity, (shape, row))) in output.disparities.into_iter().zip(disparities).enumerate() {
            let tapped = taps.get(&format!("disp{i}")).unwrap().clone();
            assert_eq!(to_host(tapped).unwrap(), to_host(disparity.clone()).unwrap());
            check(&format!("{how}, disp{i}"), disparity, shape, row);
        }
        let names: Vec<_> = taps.seen.iter().map(|(name, _)| *name).collect();
        assert_eq!(names[5..], ["decoder.d1", "decoder.d2", "disp3", "decoder.d3", "disp2", "decoder.d4", "disp1", "decoder.d5", "disp0"]);
    };
    rows(&net, "as trained");
    rows(&net.fold().unwrap(), "folded");
}

#[test]
fn pose_rows_and_motions() {
    let device = Device::flex();
    let pair = || input("input2", [1, 6, 64, 96], false);
    #[rustfmt::skip]
    let pose_rows = [
        [0.0009429638, 0.001964641, -0.00257953, 0.003446208, 0.001835887, -6.125836e-05, 0.003446208, -0.00257953, 0.0004983283],
        [0.000886681, 0.002720135, -0.001886141, 0.006078248, 0.006078248, 0.00232006, -0.001886141, 0.0004019679, -0.001744297],
    ];
    let direct = [
        [9.9999404e-01, -3.4461678e-03, -5.8093374e-05, 6.0782479e-03],
        [3.4460553e-03, 9.9999237e-01, -1.8359413e-03, 2.3200596e-03],
        [6.4419888e-05, 1.8357302e-03, 9.9999833e-01, -1.8861406e-03],
    ];
    let back = [-6.0860850e-03, -2.2956328e-03, 1.8907500e-03];
    let mut net = PoseNetwork::new(18, &device).unwrap();
    net.walk(&mut Fill).unwrap();
    let rows = |net: &PoseNetwork, how: &str| {
        let pose = net.forward(pair());
        check(&format!("pose axis-angle {how}"), pose.axis_angle.clone(), [1, 2, 1, 3], pose_rows[0]);
        check(&format!("pose translation {how}"), pose.translation.clone(), [1, 2, 1, 3], pose_rows[1]);
        let (ours, inverted) = (pose.rigid(false).unwrap(), pose.rigid(true).unwrap());
        assert_eq!([ours.len(), inverted.len()], [1, 1]);
        for i in 0..3 {
            for j in 0..3 {
                assert!((ours[0].0[i][j] - direct[i][j]).abs() < 3e-7, "{how}: T[{i}][{j}] is {}", ours[0].0[i][j]);
                assert!((inverted[0].0[j][i] - direct[i][j]).abs() < 3e-7, "{how}: Tinv[{j}][{i}]");
            }
            assert!((ours[0].0[i][3] - direct[i][3]).abs() < 3e-7 && (inverted[0].0[i][3] - back[i]).abs() < 3e-7);
        }
    };
    rows(&net, "as trained");
    rows(&net.fold().unwrap(), "folded");

    #[rustfmt::skip]
    let cnn_rows = [
        [-0.0005191734, 0.001260474, -0.002265804, 0.0006626092, -0.002265804, -0.002265804, 4.567491e-05, 4.567491e-05, 0.0006626092],
        [-0.0003278855, 0.0001967553, -0.0005463807, -6.942715e-05, -6.942715e-05, -6.942715e-05, -0.0005463807, -0.0005463807, -0.0003678488],
    ];
    let mut net = PoseCnn::new(&device);
    net.walk(&mut Fill).unwrap();
    let rows = |net: &PoseCnn, how: &str| {
        let pose = net.forward(pair());
        check(&format!("posecnn axis-angle {how}"), pose.axis_angle, [1, 1, 1, 3], cnn_rows[0]);
        check(&format!("posecnn translation {how}"), pose.translation, [1, 1, 1, 3], cnn_rows[1]);
    };
    rows(&net, "as trained");
    rows(&net.fold().unwrap(), "folded");
}

/// The shared decoder is the joint one on two maps: with weights that ignore the second it gives the joint one's motion.
#[test]
fn a_shared_decoder_reads_a_map_of_each_frame_in_order() {
    let device = Device::flex();
    let mut net = PoseDecoder::new(512, PoseInput::Shared, &device);
    net.walk(&mut Fill).unwrap();
    assert_eq!(net.shapes().unwrap()["net.1.weight"], [256, 512, 3, 3]);
    assert_eq!(net.shapes().unwrap()["net.3.weight"], [6, 256, 1, 1]);
    let [a, b] = ["first", "second"].map(|name| input(name, [2, 512, 2, 3], false));
    let pose = net.forward(vec![a.clone(), b.clone()]);
    assert_eq!([pose.axis_angle.dims(), pose.translation.dims()], [[2, 1, 1, 3]; 2]);
    assert_eq!(pose.rigid(false).unwrap().len(), 2);
    let swapped = net.forward(vec![b, a]);
    assert_ne!(to_host(pose.axis_angle).unwrap(), to_host(swapped.axis_angle).unwrap());
    // No number, no motion.
    let broken = net.forward(vec![Tensor::full([1, 512, 2, 3], f32::NAN, &device); 2]);
    assert!(broken.rigid(false).unwrap_err().to_string().contains("not finite"));
}

/// Section 9.3's numbers, without the encoders' unused `fc` (513,000 parameters).
#[test]
fn parameters_and_names() {
    let device = Device::flex();
    let decoder = |depth: Depth| Bare(DepthDecoder::new(depth.channels(), &device)).parameter_count().unwrap();
    assert_eq!([decoder(Depth::Eighteen), decoder(Depth::Fifty)], [3_152_724, 9_014_100]);
    assert_eq!(depth(18).parameter_count().unwrap(), 11_176_512 + 3_152_724);
    assert_eq!(depth(34).parameter_count().unwrap(), 21_284_672 + 3_152_724);
    assert_eq!(depth(50).parameter_count().unwrap(), 23_508_032 + 9_014_100);
    let pose = |channels| PoseDecoder::new(channels, PoseInput::Joint, &device).parameter_count().unwrap();
    assert_eq!([pose(512), pose(2048)], [1_314_572, 1_707_788]);
    assert_eq!(PoseNetwork::new(18, &device).unwrap().parameter_count().unwrap(), 11_185_920 + 1_314_572);
    assert_eq!(PoseCnn::new(&device).parameter_count().unwrap(), 1_586_774);

    let shapes = depth(18).shapes().unwrap();
    let heads = [(10, 16), (11, 32), (12, 64), (13, 128)].map(|(n, i)| (format!("{n}.conv"), [1, i]));
    let convs =
        [[256, 512], [256, 512], [128, 256], [128, 256], [64, 128], [64, 128], [32, 64], [32, 96], [16, 32], [16, 16]];
    let convs = convs.into_iter().enumerate().map(|(n, io)| (format!("{n}.conv.conv"), io));
    for (name, [o, i]) in convs.chain(heads) {
        assert_eq!(shapes[&format!("decoder.{name}.weight")], [o, i, 3, 3], "{name}");
        assert_eq!(shapes[&format!("decoder.{name}.bias")], [o], "{name}");
    }
    assert_eq!(shapes.keys().filter(|name| name.starts_with("decoder.")).count(), 28);
    // ResNet-18 has 122 names; gone are fc's two and each of the 20 norms' `num_batches_tracked`.
    assert_eq!(shapes.keys().filter(|name| name.starts_with("encoder.")).count(), 122 - 2 - 20);
    assert_eq!(shapes["encoder.layer2.0.downsample.0.weight"], [128, 64, 1, 1]);
    let pose_shapes = PoseNetwork::new(18, &device).unwrap().shapes().unwrap();
    assert_eq!(pose_shapes["encoder.conv1.weight"], [64, 6, 7, 7]);
    assert_eq!(pose_shapes["net.0.weight"], [256, 512, 1, 1]);
    assert!(Monodepth2::new(&Monodepth2Config { layers: 19, stereo: false }, &device).is_err());
}

#[test]
fn cost_and_sizes() {
    let net = depth(18).fold().unwrap();
    let run = |h: usize, w: usize| net.forward(Tensor::zeros([1, 3, h, w], &Device::flex()), &mut ());
    let (_, macs) = macs_of(|| run(192, 640).unwrap());
    assert_eq!((macs as f64 / 1e7).round() / 100.0, 8.01);
    for [w, h] in [[63, 64], [64, 32], [0, 0], [640, 193], [32, 32], [1, 1]] {
        assert!(checked([w, h]).is_err(), "{w}x{h}");
        if w * h > 0 {
            assert!(run(h, w).is_err(), "{w}x{h}");
        }
    }
    let error = checked([1242, 375]).unwrap_err().to_string();
    assert!(error.contains("1242x375") && error.contains("1248x384"), "{error}");
    let output = run(64, 128).unwrap();
    assert_eq!(output.disparities.map(|d| d.dims()), [[1, 1, 64, 128], [1, 1, 32, 64], [1, 1, 16, 32], [1, 1, 8, 16]]);
}

#[test]
fn disparity_means_what_appendix_b_says() {
    for (disparity, scaled, depth) in [
        (0.0, 0.01, 100.0),
        (0.25, 2.5075, 0.398_803_589_232_304_3),
        (0.5, 5.005, 0.199_800_199_800_199_8),
        (1.0, 10.0, 0.1),
    ] {
        let ours = disp_to_depth(disparity, DEPTH_RANGE);
        assert!((ours[0] - scaled).abs() < 1e-12 && (ours[1] - depth).abs() < 1e-9, "{ours:?}");
    }
}
