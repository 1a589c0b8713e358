//! scratch
use authz::*;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Store, Target, migrate};
use types::*;
fn call() -> Call {
    Call {
        id: RequestId::random(&SystemEntropy),
        now: SystemClock.now(),
        deadline: Deadline::after(SystemClock.instant(), Duration::from_secs(600)),
        origin: Origin::default(),
        cost: Arc::new(Cost::default()),
    }
}
fn main() {
    let rt = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    rt.block_on(async {
        let dir = tempdir();
        let store = Store::open(&Target::Sqlite { path: dir.join("a.db"), ephemeral: true }).unwrap();
        migrate::run(&store, &call(), migrate::UnknownSchema::Refuse).await.unwrap();
        let authz = Authz::new(store, Arc::new(SystemClock), Arc::new(SystemEntropy), Settings { resident_bytes_max: 2 << 30, list_results_max: 1000 });
        let s = authz.create_store(&call(), "perf").await.unwrap().id;
        let (model, _) = rebac::dsl::parse("model\n  schema 1.1\ntype user\ntype group\n  relations\n    define member: [user, group#member]\ntype folder\n  relations\n    define viewer: [user, group#member]\ntype doc\n  relations\n    define parent: [folder]\n    define viewer: viewer from parent\n").unwrap();
        authz.write_model(&call(), s, model).await.unwrap();
        let n: usize = std::env::args().nth(1).unwrap().parse().unwrap();
        let mut tuples = Vec::new();
        let t = |u: String, r: &str, o: String| WrittenTuple { user: u, relation: r.into(), object: o, condition: None };
        for i in 0..n / 2 { tuples.push(t(format!("user:u{:08}", i), "member", format!("group:g{:08}", i / 20))); }
        for i in 0..n / 40 { tuples.push(t(format!("group:g{:08}#member", i), "viewer", format!("folder:f{:08}", i))); }
        for i in 0..n / 2 { tuples.push(t(format!("folder:f{:08}", i / 20), "parent", format!("doc:d{:08}", i))); }
        let t0 = Instant::now();
        let author = store::tuples::Author { actor: "x".into(), reason: None };
        authz.import(&call(), s, &tuples, &author, |_| {}).await.unwrap();
        println!("import {} in {:?}", tuples.len(), t0.elapsed());
        let scope = Scope { store: s, model: None, consistency: Consistency::MinimizeLatency };
        let q = |i: usize, j: usize| CheckQuestion { user: format!("user:u{:08}", j % (n / 2)), relation: "viewer".into(), object: format!("doc:d{:08}", i % (n / 2)), given: Given::default() };
        let t0 = Instant::now();
        loop {
            authz.check(&call(), scope, q(1, 1)).await.unwrap();
            let c = call();
            authz.check(&c, scope, q(1, 1)).await.unwrap();
            if c.cost.round_trips() == 0 { break; }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        println!("resident after {:?}", t0.elapsed());
        for name in ["true", "false"] {
            let qs: Vec<_> = (0..200_000usize).map(|k| { let i = k * 7919 % (n / 2); q(i, if name == "true" { i } else { i + 20 }) }).collect();
            let t0 = Instant::now();
            let mut yes = 0;
            let mut lat = Vec::with_capacity(qs.len());
            let c0 = call();
            for q in qs { let a = Instant::now(); let mut c = c0.clone(); c.now = c0.now; yes += usize::from(authz.check(&c, scope, q).await.unwrap().value); lat.push(a.elapsed()); }
            let e = t0.elapsed();
            lat.sort();
            println!("{name}: {:.0}/s yes {yes} p50 {:?} p99 {:?}", 200_000.0 / e.as_secs_f64(), lat[100_000], lat[198_000]);
        }
        let t0 = Instant::now();
        let mut tasks = Vec::new();
        for w in 0..64 { let authz = authz.clone(); tasks.push(tokio::spawn(async move { for i in 0..100 { let wr = Write { writes: vec![WrittenTuple { user: format!("user:w{w}x{i}"), relation: "member".into(), object: "group:new".into(), condition: None }], actor: "b".into(), ..Write::default() }; authz.write(&call(), s, wr).await.unwrap(); } })); }
        for t in tasks { t.await.unwrap(); }
        println!("6400 writes in {:?} = {:.0}/s", t0.elapsed(), 6400.0 / t0.elapsed().as_secs_f64());
    });
}
fn tempdir() -> std::path::PathBuf {
    let p = std::path::PathBuf::from(format!("/tmp/scratch-{}", std::process::id()));
    std::fs::create_dir_all(&p).unwrap();
    p
}
