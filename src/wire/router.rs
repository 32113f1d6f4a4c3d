//! The router: from a method and a path to the route they belong to.
//!
//! Patterns are literal segments and variables: `/consents/{consent_id}/funds-confirmation`. They
//! hang in a tree with one level a segment, so finding a route costs the same with ten routes as
//! with a hundred.
//!
//! What it assumes, and holds when a route is inserted:
//! - a pattern begins with `/` and has no empty segment, so `/accounts/` is no route and no path of
//!   one;
//! - a variable is a whole segment, and no name stands twice in a pattern;
//! - at one place in the tree all patterns call the variable by the same name.
//!
//! What it promises:
//! - a literal segment is preferred to a variable, and where it leads nowhere the variable is
//!   tried;
//! - a segment is compared and captured after its percent escapes are read, each once, so `%2F`
//!   never separates; an escape that is none, or not UTF-8, finds nothing; dots mean nothing
//!   special;
//! - `HEAD` finds what `GET` finds, unless it has a route of its own.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use http::Method;

use super::form::unescape;

/// The dotted name of a route: `banking.accounts.list`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct RouteName(&'static str);

impl RouteName {
    /// The route of this name.
    #[must_use]
    pub(crate) const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for RouteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Routes by method and path, each with a value of the owner's.
#[derive(Debug)]
pub(crate) struct Router<T> {
    root: Node<T>,
}

/// What a method and a path lead to.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Lookup<'r, T> {
    /// A route.
    Found {
        /// The value it was inserted with.
        value: &'r T,
        /// What its variables stand for.
        variables: Variables<'r>,
    },
    /// The path is known, the method is not among those it knows.
    MethodNotAllowed {
        /// The methods it knows, for the `Allow` header, in alphabetical order.
        allow: Vec<Method>,
    },
    /// No pattern matches the path.
    NotFound,
}

/// The variables of a pattern and the segments they stand for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Variables<'r> {
    pairs: Vec<(&'r str, String)>,
}

/// Why a route cannot be inserted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum RouteError {
    /// The pattern breaks a rule of the module's documentation.
    #[error("{pattern}: not a pattern: {reason}")]
    BadPattern {
        /// The pattern.
        pattern: String,
        /// The rule.
        reason: &'static str,
    },
    /// Method and pattern are there already.
    #[error("{method} {pattern} is there already")]
    Duplicate {
        /// The method.
        method: Method,
        /// The pattern.
        pattern: String,
    },
    /// Another pattern calls the variable at this place otherwise.
    #[error("{pattern}: {{{name}}} is called {{{other}}} in another pattern")]
    VariableName {
        /// The pattern.
        pattern: String,
        /// The variable.
        name: String,
        /// Its name elsewhere.
        other: String,
    },
}

/// A place in the tree.
#[derive(Debug)]
struct Node<T> {
    literals: HashMap<Box<str>, Self>,
    variable: Option<(Box<str>, Box<Self>)>,
    methods: Vec<(Method, T)>,
}

impl<T> Router<T> {
    /// A router that finds nothing.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self { root: Node::new() }
    }

    /// Adds a route.
    ///
    /// # Errors
    /// When the pattern is none or conflicts with one that is there.
    pub(crate) fn insert(
        &mut self,
        method: Method,
        pattern: &str,
        value: T,
    ) -> Result<(), RouteError> {
        let mut node = &mut self.root;
        for segment in parse_pattern(pattern)? {
            node = match segment {
                Segment::Literal(text) => {
                    node.literals.entry(text.into()).or_insert_with(Node::new)
                }
                Segment::Variable(name) => {
                    let (known, child) = node
                        .variable
                        .get_or_insert_with(|| (name.into(), Box::new(Node::new())));
                    if **known != *name {
                        return Err(RouteError::VariableName {
                            pattern: pattern.to_owned(),
                            name: name.to_owned(),
                            other: known.to_string(),
                        });
                    }
                    child
                }
            };
        }
        if node.methods.iter().any(|(known, _)| *known == method) {
            let pattern = pattern.to_owned();
            return Err(RouteError::Duplicate { method, pattern });
        }
        node.methods.push((method, value));
        Ok(())
    }

    /// The route of `method` and `path`; the path is as it was sent, without its query.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Lookup<'_, T> {
        let Some(segments) = split(path) else {
            return Lookup::NotFound;
        };
        let mut pairs = Vec::new();
        let Some(node) = self.root.descend(&segments, &mut pairs) else {
            return Lookup::NotFound;
        };
        match node.method(method) {
            Some(value) => Lookup::Found {
                value,
                variables: Variables { pairs },
            },
            None => Lookup::MethodNotAllowed {
                allow: node.allowed(),
            },
        }
    }
}

impl Variables<'_> {
    /// What the variable `name` stands for.
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let pair = self.pairs.iter().find(|pair| pair.0 == name)?;
        Some(&pair.1)
    }
}

impl<T> Node<T> {
    /// A place with nothing below it.
    fn new() -> Self {
        Self {
            literals: HashMap::new(),
            variable: None,
            methods: Vec::new(),
        }
    }

    /// The place that `segments` lead to and that has a route; notes variables on the way.
    fn descend<'r>(
        &'r self,
        segments: &[Cow<'_, str>],
        pairs: &mut Vec<(&'r str, String)>,
    ) -> Option<&'r Self> {
        let Some((first, rest)) = segments.split_first() else {
            return (!self.methods.is_empty()).then_some(self);
        };
        let literal = self.literals.get(first.as_ref());
        if let Some(node) = literal.and_then(|child| child.descend(rest, pairs)) {
            return Some(node);
        }
        let (name, child) = self.variable.as_ref()?;
        pairs.push((name, first.clone().into_owned()));
        let node = child.descend(rest, pairs);
        if node.is_none() {
            pairs.pop();
        }
        node
    }

    /// The value that serves `method` here.
    fn method(&self, method: &Method) -> Option<&T> {
        let own = |wanted: &Method| {
            let (_, value) = self.methods.iter().find(|(known, _)| known == wanted)?;
            Some(value)
        };
        own(method).or_else(|| (*method == Method::HEAD).then(|| own(&Method::GET))?)
    }

    /// Every method that is served here.
    fn allowed(&self) -> Vec<Method> {
        let mut allow: Vec<Method> = self.methods.iter().map(|row| row.0.clone()).collect();
        if allow.contains(&Method::GET) && !allow.contains(&Method::HEAD) {
            allow.push(Method::HEAD);
        }
        allow.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        allow
    }
}

/// A piece of a pattern.
enum Segment<'p> {
    Literal(&'p str),
    Variable(&'p str),
}

/// The pieces of a pattern; `/` alone has none.
fn parse_pattern(pattern: &str) -> Result<Vec<Segment<'_>>, RouteError> {
    let refuse = |reason| RouteError::BadPattern {
        pattern: pattern.to_owned(),
        reason,
    };
    let rest = pattern
        .strip_prefix('/')
        .ok_or_else(|| refuse("it does not begin with a slash"))?;
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    let mut segments = Vec::new();
    for segment in rest.split('/') {
        let inner = segment
            .strip_prefix('{')
            .and_then(|tail| tail.strip_suffix('}'));
        let text = inner.unwrap_or(segment);
        if text.is_empty() {
            return Err(refuse("a segment is empty"));
        }
        if text.contains(['{', '}', '%', '?', '#']) {
            return Err(refuse("a segment is partly variable or escaped"));
        }
        if inner.is_some() && names.contains(&text) {
            return Err(refuse("a variable stands twice"));
        }
        names.extend(inner);
        segments.push(inner.map_or(Segment::Literal(segment), Segment::Variable));
    }
    Ok(segments)
}

/// The segments of a path, unescaped; none when it cannot be the path of any route.
fn split(path: &str) -> Option<Vec<Cow<'_, str>>> {
    let rest = path.strip_prefix('/')?;
    if rest.is_empty() {
        return Some(Vec::new());
    }
    rest.split('/')
        .map(|segment| {
            if segment.is_empty() {
                return None;
            }
            if !segment.contains('%') {
                return Some(Cow::Borrowed(segment));
            }
            let bytes = unescape(segment.bytes()).ok()?;
            String::from_utf8(bytes).ok().map(Cow::Owned)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pairs<'p> = &'p [(&'p str, &'p str)];

    /// A router over rows of "METHOD /pattern", whose values are the rows.
    fn router(rows: &[&'static str]) -> Router<&'static str> {
        let mut router = Router::new();
        for row in rows {
            let (method, pattern) = row.split_once(' ').unwrap();
            let method = method.parse().unwrap();
            router.insert(method, pattern, *row).unwrap();
        }
        router
    }

    fn bank() -> Router<&'static str> {
        router(&[
            "GET /",
            "GET /open-banking/v1/accounts",
            "GET /open-banking/v1/accounts/{account_id}",
            "GET /open-banking/v1/accounts/{account_id}/balances",
            "POST /consents/payment",
            "GET /consents/payment/{consent_id}",
            "GET /consents/{consent_id}",
            "DELETE /consents/{consent_id}",
            "GET /consents/{consent_id}/funds-confirmation",
            "POST /consents/{consent_id}/{step}",
        ])
    }

    #[test]
    fn a_path_finds_its_route_and_variables() {
        let bank = bank();
        let cases: &[(&str, &str, &str, Pairs<'_>)] = &[
            ("GET", "/", "GET /", &[]),
            (
                "GET",
                "/open-banking/v1/accounts",
                "GET /open-banking/v1/accounts",
                &[],
            ),
            (
                "GET",
                "/open%2dbanking/v1/accounts",
                "GET /open-banking/v1/accounts",
                &[],
            ),
            (
                "GET",
                "/open-banking/v1/accounts/acc_1/balances",
                "GET /open-banking/v1/accounts/{account_id}/balances",
                &[("account_id", "acc_1")],
            ),
            (
                "GET",
                "/open-banking/v1/accounts/..",
                "GET /open-banking/v1/accounts/{account_id}",
                &[("account_id", "..")],
            ),
            (
                "GET",
                "/consents/a%2Fb%20%C3%A9%2541+",
                "GET /consents/{consent_id}",
                &[("consent_id", "a/b é%41+")],
            ),
            ("POST", "/consents/payment", "POST /consents/payment", &[]),
            (
                "GET",
                "/consents/payment/c1",
                "GET /consents/payment/{consent_id}",
                &[("consent_id", "c1")],
            ),
            (
                "POST",
                "/consents/c1/lapse",
                "POST /consents/{consent_id}/{step}",
                &[("consent_id", "c1"), ("step", "lapse")],
            ),
            (
                "HEAD",
                "/consents/c1",
                "GET /consents/{consent_id}",
                &[("consent_id", "c1")],
            ),
        ];
        for (method, path, row, expected) in cases {
            let Lookup::Found { value, variables } = bank.find(&method.parse().unwrap(), path)
            else {
                panic!("{method} {path} was not found");
            };
            assert_eq!(value, row, "{method} {path}");
            let pairs: Vec<(&str, &str)> = variables
                .pairs
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            assert_eq!(&pairs, expected, "{method} {path}");
            assert_eq!(variables.get("nobody"), None);
        }
    }

    #[test]
    fn a_path_nobody_has_is_not_found() {
        let bank = bank();
        for path in [
            "",
            "*",
            "open-banking/v1/accounts",
            "/open-banking",
            "/open-banking/v1/accounts/",
            "/open-banking/v1//accounts",
            "//open-banking/v1/accounts",
            "/Open-Banking/v1/accounts",
            "/open-banking/v1/accounts/acc_1/balances/x",
            "/open-banking%2Fv1/accounts",
            "/open-banking/./v1/accounts",
            "/consents/%",
            "/consents/%4",
            "/consents/%zz",
            "/consents/%FF",
            "/{consent_id}",
        ] {
            assert_eq!(bank.find(&Method::GET, path), Lookup::NotFound, "{path:?}");
        }
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        let bank = bank();
        for (method, path, expected) in [
            ("POST", "/open-banking/v1/accounts", "GET, HEAD"),
            ("OPTIONS", "/consents/c1", "DELETE, GET, HEAD"),
            ("GET", "/consents/payment", "POST"),
            ("HEAD", "/consents/payment", "POST"),
            ("get", "/", "GET, HEAD"),
        ] {
            let Lookup::MethodNotAllowed { allow } = bank.find(&method.parse().unwrap(), path)
            else {
                panic!("{method} {path} is no 405");
            };
            let allow: Vec<&str> = allow.iter().map(Method::as_str).collect();
            assert_eq!(allow.join(", "), expected, "{method} {path}");
        }
    }

    #[test]
    fn where_a_literal_leads_nowhere_the_variable_is_tried() {
        let router = router(&["GET /a/b/c", "GET /{x}/b/{y}", "GET /a/{z}/d"]);
        for (path, row, variables) in [
            ("/a/b/c", "GET /a/b/c", vec![]),
            ("/a/b/d", "GET /a/{z}/d", vec![("z", "b")]),
            ("/a/b/e", "GET /{x}/b/{y}", vec![("x", "a"), ("y", "e")]),
        ] {
            let variables = Variables {
                pairs: variables
                    .into_iter()
                    .map(|(name, value)| (name, value.to_owned()))
                    .collect(),
            };
            let value = &row;
            assert_eq!(
                router.find(&Method::GET, path),
                Lookup::Found { value, variables }
            );
        }
        assert_eq!(router.find(&Method::GET, "/a/c/e"), Lookup::NotFound);
    }

    #[test]
    fn a_pattern_that_conflicts_is_refused() {
        for (pattern, message) in [
            (
                "/consents/{consent_id}",
                "GET /consents/{consent_id} is there already",
            ),
            (
                "/consents/{id}/x",
                "/consents/{id}/x: {id} is called {consent_id} in another pattern",
            ),
            (
                "consents",
                "consents: not a pattern: it does not begin with a slash",
            ),
            ("", ": not a pattern: it does not begin with a slash"),
            ("/x/", "/x/: not a pattern: a segment is empty"),
            ("/{}", "/{}: not a pattern: a segment is empty"),
            (
                "/x{y}",
                "/x{y}: not a pattern: a segment is partly variable or escaped",
            ),
            (
                "/{x}{y}",
                "/{x}{y}: not a pattern: a segment is partly variable or escaped",
            ),
            (
                "/a%20b",
                "/a%20b: not a pattern: a segment is partly variable or escaped",
            ),
            (
                "/{x}/y/{x}",
                "/{x}/y/{x}: not a pattern: a variable stands twice",
            ),
        ] {
            let error = bank().insert(Method::GET, pattern, "new").unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        assert_eq!(bank().insert(Method::HEAD, "/", "own"), Ok(()));
    }
}
