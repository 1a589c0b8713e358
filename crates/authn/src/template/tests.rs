//! Templates.

use super::*;

#[test]
fn tmp_diff() {
    let all: Value =
        serde_json::from_str(&std::fs::read_to_string("/tmp/diffs/tpl.json").unwrap()).unwrap();
    let root = &all["ctx"];
    let (mut bad, mut same, mut lenient) = (0, 0, 0);
    for (n, c) in all["cases"].as_array().unwrap().iter().enumerate() {
        let t = c["T"].as_str().unwrap();
        let theirs = if c["E"] == "" {
            Ok(c["O"].as_str().unwrap())
        } else {
            Err(c["E"].as_str().unwrap())
        };
        let ours = Template::parse(t).and_then(|t| t.render(root));
        match (&ours, &theirs) {
            (Ok(a), Ok(b)) if a == b => same += 1,
            (Err(_), Err(_)) => same += 1,
            (Err(e), _)
                if ["a value in place", "{{define", "the body of a range"]
                    .iter()
                    .any(|x| e.message.contains(x)) =>
            {
                same += 1
            }
            (Ok(a), Ok(b)) if a.replace("&#43;", "+") == b.replace("&#43;", "+") => same += 1,
            (Ok(_), Ok(b))
                if b.contains("no value")
                    || b.contains("no%20value")
                    || b.contains("no+value")
                    || b.contains("no&#43;value")
                    || b.contains("no%2bvalue") =>
            {
                same += 1
            }
            (Ok(_), Err(b))
                if b.contains("incompatible types")
                    || b.contains("t evaluate field")
                    || b.contains("non-comparable")
                    || b.contains("branches end in different")
                    || b.contains("predefined escaper")
                    || b.contains("nil is not a command")
                    || b.contains("invalid value; expected string") =>
            {
                same += 1
            }
            (Ok(a), Err(b)) => {
                lenient += 1;
                if n < 70 || lenient < 25 {
                    eprintln!("LENIENT {t:?}\n  {a:?}\n  {b}");
                }
            }
            (a, b) => {
                bad += 1;
                if bad < 60 {
                    eprintln!("BAD {n} {t:?}\n  ours   {a:?}\n  theirs {b:?}");
                }
            }
        }
    }
    panic!("{same} same, {lenient} lenient, {bad} bad");
}
