//! The rows of the encoders (reference.md 1), their sizes and names.

use super::{Fill, Fixture, check, close, input};
use crate::device::{self, DeviceChoice};
use crate::error::Result;
use crate::net::encoder::kind::EncoderKind;
use crate::net::encoder::resnet::{Depth, ResNet};
use crate::net::encoder::senet::{Layout, SeNet};
use crate::net::encoder::{Encoder, stage_channels};
use crate::net::visit::{Fold, Network, Visitor};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// An encoder as a network of its own, its names without a prefix.
#[derive(Clone)]
struct Bare(Encoder);

impl Bare {
    fn new(kind: EncoderKind) -> Self {
        Self(Encoder::new(kind, &Device::flex()))
    }
}

impl Network for Bare {
    fn walk<V: Visitor>(&mut self, v: &mut V) -> Result<()> {
        self.0.walk(v, "")
    }
}

/// The five rows of an encoder, as it is trained and folded for the CPU kernel.
fn rows(kind: EncoderKind, rows: [[f64; 9]; 5]) {
    let mut net = Bare::new(kind);
    net.walk(&mut Fill).unwrap();
    let se = matches!(kind, EncoderKind::Senet154 | EncoderKind::SeResnext50 | EncoderKind::SeResnet50);
    let sizes = [[29, 38], if se { [14, 19] } else { [15, 19] }, if se { [7, 10] } else { [8, 10] }, [4, 5], [2, 3]];
    let all = |net: &Bare, how: &str| {
        let stages = net.0.features(input("input", [1, 3, 57, 76], false), &mut ());
        for (i, ((stage, row), [h, w])) in stages.into_iter().zip(rows).zip(sizes).enumerate() {
            check(&format!("{kind:?} {how}, stage {i}"), stage, [1, stage_channels(kind)[i], h, w], row);
        }
    };
    all(&net, "as trained");
    all(&net.fold().unwrap(), "folded");
}

#[test]
#[rustfmt::skip]
fn resnet_18() {
    rows(EncoderKind::Resnet18, [
        [0.2752664, 0.3956856, 0.0, 2.37967, 0.5394184, 0.1900001, 0.0, 0.0604595, 0.0],
        [0.7827866, 0.7371124, 0.0, 3.307433, 1.316622, 0.1045112, 0.0, 0.5187517, 0.01859765],
        [0.7230689, 0.9316416, 0.0, 5.734236, 0.3656599, 0.0, 0.6371008, 1.872737, 1.017522],
        [0.5859931, 0.7577796, 0.0, 4.970788, 2.35392, 0.0, 0.0, 0.0, 0.0],
        [0.4551002, 0.5844174, 0.0, 3.933464, 0.6848014, 0.1668345, 0.1799091, 1.354587, 1.314814],
    ]);
}

#[test]
#[rustfmt::skip]
fn resnet_50() {
    rows(EncoderKind::Resnet50, [
        [0.2752664, 0.3956856, 0.0, 2.37967, 0.5394184, 0.1900001, 0.0, 0.0604595, 0.0],
        [0.4512997, 0.5053542, 0.0, 3.324615, 0.0, 0.2777511, 0.4690377, 0.0, 0.115382],
        [0.4591483, 0.4951762, 0.0, 3.178124, 0.0, 0.8250156, 1.273353, 1.046481, 0.6140299],
        [0.5602583, 0.5769227, 0.0, 3.958271, 0.5747713, 0.4868581, 0.0, 0.4010039, 0.755088],
        [0.4237233, 0.5032266, 0.0, 3.768161, 0.4071122, 0.4946276, 0.02770538, 0.3642508, 0.0],
    ]);
}

#[test]
#[rustfmt::skip]
fn senet_154() {
    rows(EncoderKind::Senet154, [
        [0.1591114, 0.2392435, 0.0, 1.590397, 0.2270431, 0.0, 0.0, 0.04082176, 0.07082811],
        [0.2174418, 0.2639234, 0.0, 1.43919, 0.0, 0.05266964, 0.2427607, 0.1873858, 0.2521637],
        [0.2326505, 0.2274982, 0.0, 1.458081, 0.1993062, 0.1102711, 0.04825272, 0.1865609, 0.135737],
        [0.4789166, 0.4279363, 0.0, 2.676682, 0.1199989, 0.3267058, 0.05413084, 0.1300568, 0.1262046],
        [0.2631089, 0.3348873, 0.0, 2.50743, 0.01656619, 0.07410385, 0.0255389, 0.01980184, 0.0],
    ]);
}

#[test]
#[rustfmt::skip]
fn se_resnext50() {
    rows(EncoderKind::SeResnext50, [
        [0.2147816, 0.3446216, 0.0, 2.341986, 0.9312813, 0.1433239, 0.0, 0.2258116, 0.06579629],
        [0.3359425, 0.3957055, 0.0, 2.487369, 0.2210299, 0.0, 0.04809032, 0.2533987, 0.2670864],
        [0.2663441, 0.3021245, 0.0, 2.186618, 0.1859361, 0.5441757, 0.8846481, 0.02508259, 0.2679446],
        [0.244932, 0.2703133, 0.0, 1.875916, 0.4302909, 0.2504114, 0.278276, 0.6401448, 0.0],
        [0.1786042, 0.2198319, 0.0, 1.476326, 0.07433169, 0.07348974, 0.2053683, 0.04586374, 0.2670069],
    ]);
}

#[test]
#[rustfmt::skip]
fn se_resnet50() {
    rows(EncoderKind::SeResnet50, [
        [0.2147816, 0.3446216, 0.0, 2.341986, 0.9312813, 0.1433239, 0.0, 0.2258116, 0.06579629],
        [0.3221791, 0.3885291, 0.0, 2.321263, 0.4578991, 0.05943292, 0.1087641, 0.1752599, 0.0],
        [0.2646104, 0.2935421, 0.0, 2.008603, 0.418392, 0.7197632, 1.058053, 0.2703525, 0.3231157],
        [0.2366623, 0.2590386, 0.0, 1.606073, 0.3096134, 0.448459, 0.0, 0.1950205, 0.3103472],
        [0.1694736, 0.2069573, 0.0, 1.408263, 0.1532556, 0.09969716, 0.1460688, 0.04773691, 0.0],
    ]);
}

#[test]
#[rustfmt::skip]
fn mobilenet_v2() {
    rows(EncoderKind::MobilenetV2, [
        [0.08004423, 0.3904904, -0.9286201, 1.237164, 0.1618718, 0.2069471, 0.1849037, -0.02505837, -0.05362391],
        [0.001764841, 0.2381297, -0.6466563, 0.534359, -0.2984591, -0.2198871, -0.08017707, -0.05078009, -0.02692566],
        [0.03838146, 0.189089, -0.4353503, 0.5481619, -0.1273784, -0.1241528, -0.02417995, 0.06648778, -0.04530051],
        [-0.006330826, 0.2227511, -0.5704519, 0.5566884, 0.1203841, -0.222711, 0.03793463, -0.1925261, -0.1368372],
        [0.003531611, 0.1410297, -0.4449675, 0.4067222, -0.05959239, -0.2001094, 0.05108551, -0.02086253, 0.132181],
    ]);
}

#[test]
#[rustfmt::skip]
fn efficientnet_lite0_of_timm() {
    rows(EncoderKind::EfficientnetLite0Timm, [
        [-0.04053164, 0.3930396, -1.022173, 1.073315, -0.1174704, -0.408311, -0.2428783, 0.2289527, 0.02641301],
        [-0.006956626, 0.2183925, -0.6718085, 0.6367371, -0.00362529, 0.07068439, -0.005767421, 0.1174689, 0.2162998],
        [0.01366978, 0.1753654, -0.5908819, 0.4689828, -0.09298125, -0.001201741, 0.09356748, -0.3408601, 0.1446555],
        [-0.003159845, 0.2153316, -0.6248181, 0.5784432, 0.09056474, -0.3328765, 0.3005167, -0.08685514, -0.3089931],
        [-0.008840507, 0.1377666, -0.5260364, 0.477113, -0.05723301, -0.06091947, -0.1238848, -0.1328233, -0.1312484],
    ]);
}

/// Encoders that have no rows: every value of the fixture.
#[test]
fn fixtures() {
    let without_rows = [
        EncoderKind::Resnet34,
        EncoderKind::EfficientnetLite0,
        EncoderKind::EfficientnetLite1,
        EncoderKind::EfficientnetLite2,
        EncoderKind::EfficientnetLite1Timm,
        EncoderKind::EfficientnetLite2Timm,
    ];
    for kind in without_rows {
        let fixture = Fixture::of(kind);
        let mut net = Bare::new(kind);
        net.walk(&mut Fill).unwrap();
        let all = |net: &Bare, how: &str| {
            let stages = net.0.features(input("input", [1, 3, 57, 76], false), &mut ());
            for (name, stage) in ["stage0", "stage1", "stage2", "stage3", "stage4"].into_iter().zip(stages) {
                fixture.check(&format!("{kind:?} {how}"), name, stage);
            }
        };
        all(&net, "as trained");
        all(&net.fold().unwrap(), "folded");
    }
}

/// reference.md 1.6, height and width: the input; stage 0; stages 1…4 of the SE networks; those of all others.
type Sizes = ([usize; 2], [usize; 2], [[usize; 2]; 4], [[usize; 2]; 4]);

#[rustfmt::skip]
const SIZES: [Sizes; 12] = [
    ([228, 304], [114, 152], [[57, 76], [29, 38], [15, 19], [8, 10]], [[57, 76], [29, 38], [15, 19], [8, 10]]),
    ([385, 513], [193, 257], [[96, 128], [48, 64], [24, 32], [12, 16]], [[97, 129], [49, 65], [25, 33], [13, 17]]),
    ([375, 1241], [188, 621], [[94, 310], [47, 155], [24, 78], [12, 39]], [[94, 311], [47, 156], [24, 78], [12, 39]]),
    ([375, 1242], [188, 621], [[94, 310], [47, 155], [24, 78], [12, 39]], [[94, 311], [47, 156], [24, 78], [12, 39]]),
    ([370, 1224], [185, 612], [[92, 306], [46, 153], [23, 77], [12, 39]], [[93, 306], [47, 153], [24, 77], [12, 39]]),
    ([370, 1226], [185, 613], [[92, 306], [46, 153], [23, 77], [12, 39]], [[93, 307], [47, 154], [24, 77], [12, 39]]),
    ([374, 1238], [187, 619], [[93, 309], [47, 155], [24, 78], [12, 39]], [[94, 310], [47, 155], [24, 78], [12, 39]]),
    ([376, 1241], [188, 621], [[94, 310], [47, 155], [24, 78], [12, 39]], [[94, 311], [47, 156], [24, 78], [12, 39]]),
    ([352, 1216], [176, 608], [[88, 304], [44, 152], [22, 76], [11, 38]], [[88, 304], [44, 152], [22, 76], [11, 38]]),
    ([480, 640], [240, 320], [[120, 160], [60, 80], [30, 40], [15, 20]], [[120, 160], [60, 80], [30, 40], [15, 20]]),
    ([192, 640], [96, 320], [[48, 160], [24, 80], [12, 40], [6, 20]], [[48, 160], [24, 80], [12, 40], [6, 20]]),
    ([320, 1024], [160, 512], [[80, 256], [40, 128], [20, 64], [10, 32]], [[80, 256], [40, 128], [20, 64], [10, 32]]),
];

/// Height and width do not meet in a network, so that a strip of each is enough.
#[test]
fn stage_sizes() {
    let folded = |kind| Bare::new(kind).fold().unwrap().0;
    let [r18, v2, lite, lite_timm] = [
        EncoderKind::Resnet18,
        EncoderKind::MobilenetV2,
        EncoderKind::EfficientnetLite0,
        EncoderKind::EfficientnetLite0Timm,
    ]
    .map(folded);
    // The SE networks with one block a layer, the one that strides.
    let [senet, se_resnext, se_resnet] = [Layout::SENET154, Layout::SE_RESNEXT50, Layout::SE_RESNET50].map(|layout| {
        let mut net = SeNet::new(&Layout { blocks: [1; 4], ..layout }, &Device::flex());
        net.walk(&mut Fold, "").unwrap();
        net
    });
    for (size, s0, se, other) in SIZES {
        for axis in [0, 1] {
            let mut shape = [1, 3, 4, 4];
            shape[2 + axis] = size[axis];
            let x = Tensor::zeros(shape, &Device::flex());
            let along = |stages: [Tensor<4>; 5]| stages.map(|stage| stage.dims()[2 + axis]);
            let expected = |rest: [[usize; 2]; 4]| [s0, rest[0], rest[1], rest[2], rest[3]].map(|size| size[axis]);
            for net in [&senet, &se_resnext, &se_resnet] {
                assert_eq!(along(net.forward(x.clone())), expected(se), "SE network at {size:?}");
            }
            for net in [&r18, &v2, &lite, &lite_timm] {
                assert_eq!(along(net.features(x.clone(), &mut ())), expected(other), "{size:?}");
            }
        }
    }
}

/// Parameters without the classifier, and the keys of a state dict: with the two of the classifier and, in today's PyTorch,
/// a counter for each norm. The four norm tensors and one weight of what we drop before the classifier are not counted.
#[test]
fn parameters_and_names() {
    let table = [
        (EncoderKind::Senet154, 113_039_984, 1144),
        (EncoderKind::SeResnext50, 25_510_896, 384),
        (EncoderKind::SeResnet50, 26_039_024, 384),
        (EncoderKind::Resnet18, 11_176_512, 122),
        (EncoderKind::Resnet34, 21_284_672, 218),
        (EncoderKind::Resnet50, 23_508_032, 320),
        (EncoderKind::MobilenetV2, 1_811_712, 308),
        (EncoderKind::EfficientnetLite0, 2_958_848, 290),
        (EncoderKind::EfficientnetLite1, 3_723_520, 380),
        (EncoderKind::EfficientnetLite2, 4_357_952, 380),
        (EncoderKind::EfficientnetLite0Timm, 2_958_848, 290),
        (EncoderKind::EfficientnetLite1Timm, 3_723_520, 380),
        (EncoderKind::EfficientnetLite2Timm, 4_357_952, 380),
    ];
    for (kind, parameters, keys) in table {
        let mut net = Bare::new(kind);
        assert_eq!(net.parameter_count().unwrap(), parameters, "{kind:?}");
        let names: Vec<String> = net.shapes().unwrap().into_keys().collect();
        let norms = names.iter().filter(|name| name.ends_with("running_mean")).count();
        assert_eq!(names.len() + norms + 2, keys, "{kind:?}");
    }
}

/// What the CPU device has kernels of its own for, against the tensor library on a GPU: folded here, as trained there.
#[test]
#[ignore = "needs a GPU or a software driver of one, on which it takes minutes"]
fn residual_networks_on_a_gpu() {
    let (device, info) = device::open(DeviceChoice::Index(1)).unwrap();
    let x = input("input", [1, 3, 57, 76], false);
    let mut senet = SeNet::new(&Layout { blocks: [1; 4], ..Layout::SENET154 }, &Device::flex());
    senet.walk(&mut Fill, "").unwrap();
    let there = senet.clone().to_device(&device).forward(x.clone().to_device(&device));
    senet.walk(&mut Fold, "").unwrap();
    for (here, there) in senet.forward(x.clone()).into_iter().zip(there) {
        close(&format!("SE network on {}", info.label()), there, here, 1e-4);
    }
    let mut resnet = ResNet::new(Depth::Eighteen, 3, &Device::flex());
    resnet.walk(&mut Fill, "").unwrap();
    let there = resnet.clone().to_device(&device).forward(x.clone().to_device(&device));
    resnet.walk(&mut Fold, "").unwrap();
    for (here, there) in resnet.forward(x).into_iter().zip(there) {
        close(&format!("ResNet-18 on {}", info.label()), there, here, 1e-4);
    }
}
