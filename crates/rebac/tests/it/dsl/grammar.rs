//! What the language accepts, shown by the canonical form of what was read.

use rebac::dsl::{self, NESTING_MAX, Unprintable};
use rebac::{
    Assignable, AssignableKind, Condition, Definition, Item, Model, ParameterType, Place, Relation,
    Rewrite, Schema, TypeDefinition,
};

use super::{reprinted, with_relations};

fn computed(name: &str) -> Rewrite {
    Rewrite::Computed(name.to_owned())
}

fn assignable(type_name: &str, kind: AssignableKind, condition: Option<&str>) -> Assignable {
    Assignable {
        type_name: type_name.to_owned(),
        kind,
        condition: condition.map(str::to_owned),
    }
}

fn relation_of(line: &str) -> Relation {
    let text = with_relations(line);
    let (model, _) = dsl::parse(&text).unwrap_or_else(|errors| panic!("{line}: {errors:#?}"));
    model.types[0].relations[0].clone()
}

#[test]
fn every_form_of_an_expression_is_read_as_it_binds() {
    let from = Rewrite::From {
        computed: "c".to_owned(),
        tupleset: "d".to_owned(),
    };
    let union = Rewrite::Union(vec![computed("a"), computed("b"), from]);
    assert_eq!(relation_of("define x: a or b or c from d").rewrite, union);
    let inner = Rewrite::Union(vec![Rewrite::Direct, computed("b")]);
    let base = Rewrite::Intersection(vec![inner, computed("c")]);
    let difference = Rewrite::Difference(Box::new((base, computed("d"))));
    let relation = relation_of("define x: (([user] or b) and c) but not d");
    assert_eq!(relation.rewrite, difference);
    let nested = Rewrite::Union(vec![
        Rewrite::Union(vec![computed("a"), computed("b")]),
        computed("c"),
    ]);
    assert_eq!(relation_of("define x: (a or b) or c").rewrite, nested);
    assert_eq!(relation_of("define x: ((a))").rewrite, computed("a"));
}

#[test]
fn every_kind_of_assignable_is_read() {
    let relation = relation_of("define x: [u, u:*, g#m, u with c, u:* with c, g#m with c]");
    let member = || AssignableKind::Userset("m".to_owned());
    assert_eq!(
        relation.assignable,
        [
            assignable("u", AssignableKind::Object, None),
            assignable("u", AssignableKind::Wildcard, None),
            assignable("g", member(), None),
            assignable("u", AssignableKind::Object, Some("c")),
            assignable("u", AssignableKind::Wildcard, Some("c")),
            assignable("g", member(), Some("c")),
        ]
    );
}

#[test]
fn what_is_written_freely_is_printed_in_one_layout() {
    let written = "\u{feff}# head\r\n\r\n model # one\r\n\t# between\r\n schema 1.2\r\n\
        type user\r\n   type  doc # two\r\n\r\n relations\r\n\
        # define hidden: [user]\r\n  define a : [ user ,\r\n  user:* ,group#member\r\n ]\r\n\
        define b:a   but  not (( a and(c or d from e)))\r\n\
        condition c( p :string,\r\n q:  map < list<int>>\r\n) { # three\r\n p == '}' }\r\n\
        condition d() {\r\n  // four }\r\n  true\r\n}";
    let canonical = "model\n  schema 1.2\n\ntype user\n\ntype doc\n  relations\n    \
        define a: [user, user:*, group#member]\n    \
        define b: a but not (a and (c or d from e))\n\n\
        condition c(p: string, q: map<list<int>>) {\n  p == '}'\n}\n\n\
        condition d() {\n  // four }\r\n  true\n}\n";
    assert_eq!(reprinted(written), canonical);
    assert_eq!(reprinted(canonical), canonical);
}

#[test]
fn words_of_the_language_are_names_where_openfga_takes_them_for_such() {
    for word in [
        "model", "module", "schema", "extend", "type", "relation", "but", "not", "a/b.c-d",
    ] {
        let text = with_relations(&format!("    define {word}: [{word}#{word}] or {word}"));
        let text = text.replace("type t", &format!("type {word}"));
        assert_eq!(reprinted(&text), text);
    }
    for word in ["from", "list", "string", "condition", "in"] {
        let text = format!("model\n  schema 1.1\n\ncondition c({word}: string) {{\n  true\n}}\n");
        assert_eq!(reprinted(&text), text);
    }
}

#[test]
fn every_type_of_a_parameter_is_read() {
    let types = "bool string int uint double duration timestamp ipaddress list<bool> map<string>";
    for word in types.split(' ') {
        let text = format!("model\n  schema 1.1\n\ncondition c(p: {word}) {{\n  true\n}}\n");
        assert_eq!(reprinted(&text), text);
    }
}

#[test]
fn parentheses_nest_to_the_limit() {
    let nested = |depth: usize| {
        let (open, close) = ("(".repeat(depth), ")".repeat(depth));
        with_relations(&format!("    define x: {open}a{close}"))
    };
    assert!(dsl::parse(&nested(NESTING_MAX)).is_ok());
    assert!(dsl::parse(&nested(NESTING_MAX + 1)).is_err());
    assert!(dsl::parse(&nested(1_000_000)).is_err());
    let lists = |depth: usize| {
        let (open, close) = ("list<".repeat(depth), ">".repeat(depth));
        format!("model\n  schema 1.1\ncondition c(p: {open}int{close}) {{ true }}")
    };
    assert!(dsl::parse(&lists(NESTING_MAX)).is_ok());
    assert!(dsl::parse(&lists(NESTING_MAX + 1)).is_err());
    assert!(dsl::parse(&lists(1_000_000)).is_err());
}

#[test]
fn every_item_has_a_place() {
    let text = "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    \
        define a: [user, user:*\n      , doc#b]\n    define b: a or c from d\n\
        condition c(p: int) {\n\n  p > 1\n}\n";
    let (_, places) = dsl::parse(text).unwrap();
    let (type_name, relation) = ("doc".to_owned(), "b".to_owned());
    let reference = |named: &str| Item::Reference {
        type_name: type_name.clone(),
        relation: relation.clone(),
        named: named.to_owned(),
    };
    let assignable = |index| Item::Assignable {
        type_name: type_name.clone(),
        relation: "a".to_owned(),
        index,
    };
    let parameter = Item::Parameter {
        condition: "c".to_owned(),
        parameter: "p".to_owned(),
    };
    for (item, line, column) in [
        (Item::Schema, 2, 10),
        (Item::Type("user".to_owned()), 3, 6),
        (Item::Type(type_name.clone()), 4, 6),
        (assignable(0), 6, 16),
        (assignable(1), 6, 22),
        (assignable(2), 7, 9),
        (reference("a"), 8, 15),
        (reference("c"), 8, 20),
        (reference("d"), 8, 27),
        (Item::Condition("c".to_owned()), 9, 11),
        (parameter, 9, 13),
        (Item::Expression("c".to_owned()), 11, 3),
    ] {
        assert_eq!(
            places.find(&item),
            Some((None, Place { line, column })),
            "{item:?}"
        );
    }
    let relation = Item::Relation {
        type_name,
        relation,
    };
    assert_eq!(
        places.find(&relation),
        Some((
            None,
            Place {
                line: 8,
                column: 12
            }
        ))
    );
}

/// A model of one relation `x`.
fn model_of(rewrite: Rewrite, assignable: Vec<Assignable>) -> Model {
    let relation = Relation {
        name: "x".to_owned(),
        rewrite,
        assignable,
        definition: Definition::default(),
    };
    Model {
        schema: Schema::V1_1,
        types: vec![TypeDefinition {
            name: "t".to_owned(),
            relations: vec![relation],
            definition: Definition::default(),
        }],
        conditions: Vec::new(),
    }
}

#[test]
fn relations_without_a_form_are_not_printed() {
    let user = || vec![assignable("user", AssignableKind::Object, None)];
    let refused = |rewrite, assignable| dsl::print(&model_of(rewrite, assignable)).unwrap_err();
    let late = Rewrite::Union(vec![computed("a"), Rewrite::Direct]);
    let twice = Rewrite::Intersection(vec![Rewrite::Direct, Rewrite::Direct]);
    let subtracted = Rewrite::Difference(Box::new((computed("a"), Rewrite::Direct)));
    for rewrite in [late, twice, subtracted] {
        assert!(matches!(
            refused(rewrite, user()),
            Unprintable::DirectNotFirst { .. }
        ));
    }
    assert!(matches!(
        refused(Rewrite::Direct, vec![]),
        Unprintable::Assignable { .. }
    ));
    assert!(matches!(
        refused(computed("a"), user()),
        Unprintable::Assignable { .. }
    ));
    let alone = Rewrite::Union(vec![computed("a")]);
    assert!(matches!(
        refused(alone, vec![]),
        Unprintable::Operands { .. }
    ));
    for name in ["from", "", "a b", "1"] {
        assert!(
            matches!(refused(computed(name), vec![]), Unprintable::Name { .. }),
            "{name}"
        );
    }
    let nested = |depth| {
        (0..depth).fold(computed("a"), |inner, _| {
            Rewrite::Union(vec![inner, computed("b")])
        })
    };
    assert!(dsl::parse(&dsl::print(&model_of(nested(NESTING_MAX + 1), vec![])).unwrap()).is_ok());
    assert!(matches!(
        refused(nested(NESTING_MAX + 2), vec![]),
        Unprintable::Nesting { .. }
    ));
    let mut doubled = model_of(computed("a"), vec![]);
    doubled.types.push(doubled.types[0].clone());
    assert!(matches!(
        dsl::print(&doubled),
        Err(Unprintable::Duplicate { .. })
    ));
}

#[test]
fn conditions_without_a_form_are_not_printed() {
    let refused = |parameter: ParameterType, expression: &str| {
        let condition = Condition {
            name: "c".to_owned(),
            parameters: vec![("p".to_owned(), parameter)],
            expression: expression.to_owned(),
            definition: Definition::default(),
        };
        let conditions = vec![condition];
        dsl::print(&Model {
            conditions,
            ..Model::default()
        })
        .unwrap_err()
    };
    let any = ParameterType::List(Box::new(ParameterType::Any));
    assert!(matches!(
        refused(any, "true"),
        Unprintable::Parameter { .. }
    ));
    for expression in ["", " p", "p }", "{", "p == '", "p # why"] {
        let error = refused(ParameterType::Int, expression);
        assert!(
            matches!(error, Unprintable::Expression { .. }),
            "{expression}"
        );
    }
}
