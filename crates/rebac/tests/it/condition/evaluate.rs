//! What operators, functions and macros make of values, as tables of expressions that hold.

use rebac::ParameterType as P;
use serde_json::json;

use super::{assert_all_fault, assert_all_hold, holds, list, map, run};

#[test]
fn arithmetic_is_exact() {
    assert_all_hold(
        "1 + 2 * 3 - 4 == 3
        7 / 2 == 3 && -7 / 2 == -3 && 7 % 3 == 1 && -7 % 3 == -1
        7u / 2u == 3u && 7u % 4u == 3u
        1.5 * 2.0 == 3.0 && 1.0 / 0.0 > 1e308
        -(1) == -1 && --1 == 1 && -1.5 == 0.0 - 1.5
        0x10 == 16 && -0x10 == -16 && 0xFFu == 255u
        -9223372036854775808 < 0
        'a' + 'b' == 'ab' && b'a' + b'b' == b'ab' && [1] + [2] == [1, 2] && [] + [1] == [1]",
    );
}

#[test]
fn arithmetic_never_wraps_around() {
    assert_all_fault(
        "9223372036854775807 + 1 > 0 => int overflow
        -9223372036854775808 - 1 < 0 => int overflow
        4611686018427387904 * 2 > 0 => int overflow
        -9223372036854775808 / -1 > 0 => int overflow
        -9223372036854775808 % -1 == 0 => int overflow
        -(-9223372036854775808) > 0 => int overflow
        18446744073709551615u + 1u > 0u => uint overflow
        1u - 2u > 0u => uint overflow
        18446744073709551615u * 2u > 0u => uint overflow
        1 / 0 == 1 => division by zero
        1 % 0 == 1 => modulus by zero
        1u / 0u == 1u => division by zero
        1u % 0u == 1u => modulus by zero",
    );
}

#[test]
fn comparisons_follow_the_values() {
    assert_all_hold(
        "1 < 2 && 2 <= 2 && 3 > 2 && 2 >= 2 && !(2 < 2) && 1 != 2
        'a' < 'b' && 'a' < 'aa' && b'a' < b'b' && false < true
        1u < 2u && 1.0 < 1.5 && -0.0 == 0.0
        dyn(1) == 1u && dyn(1) == 1.0 && dyn(1u) < 1.5 && dyn(2) > 1.5 && dyn(-1) < 0u
        dyn(9007199254740993) != 9007199254740992.0
        dyn('a') != 1 && dyn(null) == null && dyn(1) != null
        [1, 2] == [1, 2] && [1] != [1, 2] && {'a': 1, 'b': 2} == {'b': 2, 'a': 1}
        {'a': 1} != {'a': 2} && {'a': 1} != {'b': 1}
        double('nan') != double('nan')",
    );
    assert_all_fault(
        "double('nan') < 1.0 => NaN values cannot be ordered
        dyn('a') < 1 => no such overload
        dyn([1]) < dyn([2]) => no such overload",
    );
}

#[test]
fn logic_absorbs_faults_in_either_order() {
    assert_all_hold(
        "!(false && 1 / 0 == 1) && !(1 / 0 == 1 && false)
        (true || 1 / 0 == 1) && (1 / 0 == 1 || true)
        (true ? true : 1 / 0 == 1) && !(false ? 1 / 0 == 1 : false)",
    );
    assert_all_fault(
        "true && 1 / 0 == 1 => division by zero
        1 / 0 == 1 && true => division by zero
        false || 1 / 0 == 1 => division by zero
        1 / 0 == 1 || 1 % 0 == 1 => division by zero
        1 / 0 == 1 ? true : true => division by zero
        dyn(1) && true => no such overload",
    );
}

#[test]
fn containers_are_looked_into() {
    assert_all_hold(
        "1 in [1, 2] && !(3 in [1, 2]) && 'a' in {'a': 1} && !('b' in {'a': 1})
        [1, 2][1] == 2 && {'a': {'b': 3}}['a']['b'] == 3 && {'a': {'b': 3}}.a.b == 3
        has({'a': 1}.a) && !has({'a': 1}.b)
        {1: 'a', 2u: 'b', true: 'c'}[1] == 'a' && {2u: 'b'}[dyn(2)] == 'b'
        {1: 'a'}[dyn(1.0)] == 'a' && dyn(1.0) in {1u: 'a'} && !(dyn(1.5) in {1: 'a'})
        size('é😀') == 2 && 'ab'.size() == 2 && size([1]) == 1 && size({}) == 0 && size(b'é') == 2",
    );
    assert_all_fault(
        "[1][1] == 1 => index out of bounds: 1
        [1][-1] == 1 => index out of bounds: -1
        {'a': 1}['b'] == 1 => no such key: b
        {'a': 1}.b == 1 => no such key: b
        {'a': 1}.b.c.d == dyn(1) => no such key: b
        {'a': 1, 'a': 2}.a == 1 => failed with repeated key
        {1: 'a', dyn(1u): 'b'}[1] == 'a' => failed with repeated key
        {1.5: 'a'}[1.5] == 'a' => unsupported key type"
            .replace("{'a': 1}.b.c.d", "dyn({'a': 1}).b.c.d")
            .as_str(),
    );
}

#[test]
fn macros_go_through_lists_and_keys() {
    assert_all_hold(
        "[1, 2].all(x, x > 0) && ![1, 2].all(x, x > 1) && [].all(x, false)
        [1, 2].exists(x, x == 2) && ![1, 2].exists(x, x == 3) && ![].exists(x, true)
        [1, 2].exists_one(x, x == 2) && ![2, 2].exists_one(x, x == 2) && ![1].exists_one(x, x == 2)
        [1, 2].map(x, x * 2) == [2, 4] && [1, 2].map(x, x > 1, x * 2) == [4]
        [1, 2, 3].filter(x, x != 2) == [1, 3]
        {'a': 1, 'b': 2}.all(k, k in ['a', 'b']) && {'a': 1}.map(k, k) == ['a']
        [[1], [2, 3]].all(l, l.exists(x, x > 0))
        [[1], [2]].map(l, l.map(x, x + 1)) == [[2], [3]]
        [1].all(x, [2].all(y, y > x) && [x].all(x, x == 1))",
    );
}

#[test]
fn macros_absorb_faults_where_an_item_decides() {
    assert_all_hold(
        "[0, 1].exists(x, 1 / x == 1) && [1, 0].exists(x, 1 / x == 1)
        ![0, 2].all(x, 1 / x == 1) && ![2, 0].all(x, 1 / x == 1)",
    );
    assert_all_fault(
        "[0, 1].all(x, 1 / x == 1) => division by zero
        [0, 2].exists(x, 1 / x == 1) => division by zero
        [1, 0].exists_one(x, 1 / x == 1) => division by zero
        [0].map(x, 1 / x) == [1] => division by zero
        dyn(1).all(x, true) => no such overload",
    );
}

#[test]
fn leading_dot_reaches_the_parameter_behind_a_variable() {
    let evaluation = run(
        &[("x", P::Int)],
        "[1].all(x, x == 1 && .x == 2)",
        json!({"x": 2}),
    );
    assert!(evaluation.unwrap().holds);
}

#[test]
fn texts_are_searched() {
    assert_all_hold(
        "'abc'.startsWith('ab') && !'abc'.startsWith('b') && 'abc'.endsWith('bc')
        'abc'.contains('b') && !'abc'.contains('x') && ''.contains('')
        'abc'.matches('^a.c$') && matches('abc', 'b') && !'abc'.matches('^b')
        'abc'.matches('a' + 'b') && 'A'.matches('(?i)a')",
    );
    assert_all_fault("'a'.matches(string('(')) => invalid regular expression: unclosed group");
}

#[test]
fn classes_of_patterns_are_ascii() {
    assert_all_hold(
        r"'12'.matches('^\\d+$') && !'\u0661'.matches('^\\d$') && '\u0661'.matches('^\\D$')
        'a_1'.matches('^\\w+$') && !'é'.matches('\\w') && 'é'.matches('^[^\\w]$')
        'a1'.matches('^[a\\d]+$') && ' \t'.matches('^\\s+$') && !'\u00a0'.matches('\\s')
        'a b'.matches('\\bb\\b') && '\\d'.matches('^\\\\d$') && 'é'.matches('^\\p{L}$')",
    );
}

#[test]
fn pattern_of_the_context_is_bounded() {
    let parameters = [("s", P::String), ("p", P::String)];
    let asked = |pattern: &str| {
        run(
            &parameters,
            "s.matches(p)",
            json!({"s": "aa", "p": pattern}),
        )
    };
    assert!(asked("^a+$").unwrap().holds);
    assert!(
        asked(&"a".repeat(513))
            .unwrap_err()
            .to_string()
            .contains("longer than 512 bytes")
    );
    assert!(
        asked("((a{200}){200}){200}")
            .unwrap_err()
            .to_string()
            .contains("size limit")
    );
    assert!(asked(&"(".repeat(300)).is_err());
}

#[test]
fn conversions_keep_the_value_or_fail() {
    assert_all_hold(
        "int(1u) == 1 && int(1.9) == 1 && int(-1.9) == -1 && int('-5') == -5
        int(timestamp('1970-01-01T00:01:00Z')) == 60 && int(duration('1us')) == 1000
        uint(1) == 1u && uint('5') == 5u && uint(1.9) == 1u && double(1) == 1.0
        double('1.5') == 1.5 && double(3u) == 3.0 && bool('true') && !bool('F') && bool(true)
        string(1) == '1' && string(1u) == '1' && string(true) == 'true' && string(b'a') == 'a'
        string(1.5) == '1.5' && string(1e6) == '1e+06' && string(0.00001) == '1e-05'
        string(100000.0) == '100000' && string(-1.0) == '-1'
        string(duration('90s')) == '90s' && string(duration('-1500ms')) == '-1.5s'
        string(timestamp('2024-02-29T12:00:00.5+01:00')) == '2024-02-29T11:00:00.5Z'
        bytes('é') == b'\\xc3\\xa9' && timestamp(60) == timestamp('1970-01-01T00:01:00Z')
        duration(1000) == duration('1us')",
    );
    assert_all_fault(
        "int(1e19) == 1 => int overflow
        int(18446744073709551615u) == 1 => int overflow
        int('1.5') == 1 => `1.5` is not a valid int
        uint(-1) == 1u => uint overflow
        uint(-0.5) == 0u => uint overflow
        uint('+1') == 1u => `+1` is not a valid uint
        bool('yes') => `yes` is not a valid bool
        double('x') == 1.0 => `x` is not a valid double
        string(b'\\xff') == '' => `bytes` is not a valid string
        timestamp(253402300800) == timestamp(0) => timestamp overflow
        ipaddress('192.168.0') == ipaddress('::1') => `192.168.0` is not a valid IP address",
    );
}

#[test]
fn addresses_are_in_their_networks() {
    assert_all_hold(
        "ipaddress('192.168.0.1').in_cidr('192.168.0.0/24')
        !ipaddress('192.168.1.1').in_cidr('192.168.0.0/24')
        ipaddress('192.168.0.9').in_cidr('192.168.0.1/24')
        ipaddress('2001:db8::1').in_cidr('2001:db8::/32') && !ipaddress('::1').in_cidr('fe80::/10')
        ipaddress('::ffff:10.1.2.3').in_cidr('10.0.0.0/8')
        ipaddress('10.1.2.3').in_cidr('::ffff:10.0.0.0/104')
        !ipaddress('::1').in_cidr('0.0.0.0/0') && !ipaddress('10.0.0.1').in_cidr('::/0')
        ipaddress('10.0.0.1') == ipaddress('::ffff:10.0.0.1')
        ipaddress('10.0.0.1') != null",
    );
    assert_all_fault(
        "ipaddress('10.0.0.1').in_cidr('10.0.0.0') => `10.0.0.0` is not a valid CIDR string
        ipaddress('10.0.0.1').in_cidr('10.0.0.0/33') => `10.0.0.0/33` is not a valid CIDR string",
    );
}

#[test]
fn fields_of_parameters_are_selected() {
    let parameters = [("m", map(P::Any)), ("l", list(map(P::Int)))];
    let request = json!({"m": {"a": {"b": 5}, "n": null}, "l": [{"x": 1}, {"x": 2}]});
    for expression in [
        "m.a.b == 5",
        "m['a'].b == 5u",
        "m.n == null",
        "has(m.a) && has(m.a.b) && !has(m.z)",
        "l.exists(e, e.x == 2)",
        "l[0].x == 1",
        "l.map(e, e.x) == [1, 2]",
    ] {
        let evaluation = run(&parameters, expression, request.clone());
        assert!(evaluation.unwrap().holds, "{expression}");
    }
}

#[test]
fn literals_are_written_as_cel_writes_them() {
    assert_all_hold(
        r#"'a\tb' == "a\tb" && '\u00e9' == 'é' && '\x41' == 'A' && r'\d' == '\\d'
        '''a'b''' == "a'b" && b'\xff' != b'\xfe' && .5 == 0.5 && 1e3 == 1000.0
        true // a comment"#,
    );
    assert_eq!(holds("true || // a comment\n false"), Ok(true));
}
