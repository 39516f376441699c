//! The pure library of ciliate: bytes in, bytes and findings out.
//!
//! The data goes one way, each type the only input of the next: a file's text is
//! [extracted](world::extract::extract), all extracts make one [`World`](world::World) per cluster, each world a
//! [`Plan`](plan::Plan) that both engines [prove](parity::prove), all plans a [`Draft`](draft::Draft), and only
//! [`verify`](verify::verify) turns a draft into what may be written.
//!
//! ```
//! use ciliate_transforms::draft::Draft;
//! use ciliate_transforms::overlay::place::Placement;
//! use ciliate_transforms::parity::prove;
//! use ciliate_transforms::plan::{Fix, Options, Phases, agree, plan};
//! use ciliate_transforms::source::{FileId, SourceFile, Sources};
//! use ciliate_transforms::verify::verify;
//! use ciliate_transforms::world::aks;
//! use ciliate_transforms::world::build::{Input, InputRole, Spec, worlds};
//! use ciliate_transforms::world::extract::{Wanted, extract};
//! use ciliate_transforms::world::mentions::mentions;
//!
//! let text = "\
//! apiVersion: networking.k8s.io/v1
//! kind: NetworkPolicy
//! metadata: {name: web, namespace: shop}
//! spec:
//!   podSelector: {}
//!   policyTypes: [Egress]
//!   egress:
//!   - ports:
//!     - port: 8080 # the API
//!       endPort: 8081
//! ";
//! let path = "web.yaml".to_owned();
//! let extract = extract(FileId(0), &path, text, mentions(text.as_bytes()), Wanted::default());
//! let input = Input { path: path.clone(), role: InputRole::Edit, clusters: vec![], namespace_by_path: None, extract };
//! let mut spec = Spec::default();
//! spec.facts.target = aks::target("1.31")?; // Cilium 1.16, which may cut a range to its first port
//!
//! let options = Options {
//!     select: ["end-port".to_owned()].into(),
//!     ignore: [].into(),
//!     fix: Fix::Safe,
//!     phases: Phases::Before,
//!     today: "2026-12-01".to_owned(),
//!     require_reason: false,
//! };
//! let worlds = worlds(vec![input], &spec).worlds.into_iter();
//! let mut plans: Vec<_> = worlds.map(|world| prove(plan(world, &options), &options).0).collect();
//! let sources = Sources { files: vec![SourceFile { path, text: Some(text.into()) }], ..Sources::default() };
//! let draft = Draft::new(agree(&mut plans), Placement::default(), &sources);
//! let (verified, failures) = verify(draft, &mut plans, &sources, &options);
//!
//! assert!(failures.is_empty());
//! let after = verified.files()[0].after().unwrap_or_default();
//! assert_eq!(after, text.replace("      endPort: 8081\n", "    - port: 8081\n"));
//! # Ok::<(), ciliate_transforms::world::aks::VersionError>(())
//! ```

pub mod catalog;
pub mod draft;
pub mod engine;
pub mod overlay;
pub mod parity;
pub mod plan;
pub mod policy;
pub mod report;
pub mod source;
pub mod suggest;
pub mod transform;
pub mod verify;
pub mod world;
pub mod yaml;
