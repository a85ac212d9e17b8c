//! Executes a query against GitHub's schema: any selection that the schema allows. What the world does not know is null
//! where it may be, and a plain value of its type elsewhere.

use std::collections::HashMap;

use graphql_tools::static_graphql::{
    query::{self, Definition, Field, OperationDefinition, Selection, SelectionSet, TypeCondition},
    schema::{Type, TypeDefinition},
};
use serde_json::{Map, Value, json};

use super::{
    act::Payload,
    resolve::{Failed, Object, Resolved},
    world::World,
};
use crate::github::schema::{self, SCHEMA};

/// The answer, as it goes over the wire, but for what it cost.
/// `done` is what became of a mutation.
pub(crate) fn execute(
    world: &World,
    text: &str,
    variables: &Value,
    done: Option<Result<Payload, (String, String)>>,
) -> (Value, Cost) {
    let document = match schema::check(text) {
        Ok(document) => document,
        Err(errors) => return (json!({"errors": errors}), Cost::default()),
    };
    let run = Run::new(world, &document, variables);
    let refused = run.refused();
    if !refused.is_empty() {
        return (json!({"errors": refused}), Cost::default());
    }
    let mut run = run;
    let set = run.operation;
    let cost = run.cost(set, 1);
    let cost = Cost { points: ((cost.0 + 50) / 100).max(1), nodes: cost.1 };
    run.price = cost;
    let mut errors = Vec::new();
    let root = done.map_or(Object::Query, |done| Object::Mutation(Box::new(done)));
    let data =
        run.select(&root, root.type_name(), &[set], &mut Vec::new(), &mut errors).unwrap_or(Value::Null);
    let mut answer = json!({"data": data});
    if !errors.is_empty() {
        answer["errors"] = Value::Array(errors);
    }
    (answer, cost)
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) points: u32,
    pub(crate) nodes: u32,
}

struct Run<'a> {
    world: &'a World,
    variables: &'a Value,
    root: &'static str,
    operation: &'a SelectionSet,
    defaults: HashMap<&'a str, Value>,
    fragments: HashMap<&'a str, &'a query::FragmentDefinition>,
    types: HashMap<&'static str, &'static TypeDefinition>,
    price: Cost,
}

/// A null where none may be: it becomes the parent's.
struct Null;

impl<'a> Run<'a> {
    fn new(world: &'a World, document: &'a query::Document, variables: &'a Value) -> Self {
        let mut fragments = HashMap::new();
        let mut operation = None;
        for definition in &document.definitions {
            match definition {
                Definition::Fragment(fragment) => drop(fragments.insert(fragment.name.as_str(), fragment)),
                Definition::Operation(found) => operation = Some(found),
            }
        }
        let operation: &OperationDefinition = operation.expect("an operation");
        let defaults = operation.variable_definitions().iter().filter_map(|variable| {
            Some((variable.name.as_str(), plain(variable.default_value.as_ref()?, &|_| Value::Null)))
        });
        let defaults = defaults.collect();
        let is_mutation = matches!(operation, OperationDefinition::Mutation(_));
        let root = if is_mutation { "Mutation" } else { "Query" };
        let operation = operation.selection_set();
        let types = SCHEMA.type_map();
        Self { world, variables, root, operation, defaults, fragments, types, price: Cost::default() }
    }

    fn variable(&self, name: &str) -> Value {
        self.variables.get(name).or_else(|| self.defaults.get(name)).cloned().unwrap_or(Value::Null)
    }

    fn arguments(&self, field: &Field) -> Map<String, Value> {
        let value = |value| plain(value, &|name| self.variable(name));
        let mut arguments: Map<String, Value> =
            field.arguments.iter().map(|(name, given)| (name.clone(), value(given))).collect();
        let dialect = &self.world.dialect;
        for name in ["first", "last"] {
            let (Some(size), Some(most)) = (arguments.get_mut(name), dialect.page) else { continue };
            *size = json!(size.as_u64().unwrap_or_default().min(most as u64));
        }
        if dialect.blank {
            arguments.insert("blank".to_owned(), json!(true));
        }
        arguments
    }

    fn is_included(&self, field: &Field) -> bool {
        field.directives.iter().all(|directive| {
            let given = directive.arguments.iter().find(|(name, _)| name == "if");
            let holds =
                given.map(|(_, given)| plain(given, &|name| self.variable(name))) == Some(Value::Bool(true));
            if directive.name == "skip" { !holds } else { holds }
        })
    }

    /// Whether an object of this type is meant by `... on CONDITION`.
    fn fits(&self, name: &str, condition: &str) -> bool {
        name == condition
            || self.types.get(condition).is_some_and(|wider| match wider {
                TypeDefinition::Union(union) => union.types.iter().any(|one| one == name),
                TypeDefinition::Interface(_) => match self.types.get(name) {
                    Some(TypeDefinition::Object(object)) => {
                        object.implements_interfaces.iter().any(|one| one == condition)
                    }
                    _ => false,
                },
                _ => false,
            })
    }

    /// The fields for an object of this type, those of one key together, in order.
    fn fields(&self, name: &str, sets: &[&'a SelectionSet], found: &mut Vec<(&'a str, Vec<&'a Field>)>) {
        for item in sets.iter().flat_map(|set| &set.items) {
            match item {
                Selection::Field(field) if self.is_included(field) => {
                    let key = field.alias.as_ref().unwrap_or(&field.name).as_str();
                    match found.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, fields)) => fields.push(field),
                        None => found.push((key, vec![field])),
                    }
                }
                Selection::Field(_) => {}
                Selection::InlineFragment(fragment) => {
                    let fits = fragment
                        .type_condition
                        .as_ref()
                        .is_none_or(|TypeCondition::On(on)| self.fits(name, on));
                    if fits {
                        self.fields(name, &[&fragment.selection_set], found);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = self.fragments[spread.fragment_name.as_str()];
                    let TypeCondition::On(on) = &fragment.type_condition;
                    if self.fits(name, on) {
                        self.fields(name, &[&fragment.selection_set], found);
                    }
                }
            }
        }
    }

    fn select(
        &self,
        object: &Object,
        name: &str,
        sets: &[&'a SelectionSet],
        path: &mut Vec<Value>,
        errors: &mut Vec<Value>,
    ) -> Result<Value, Null> {
        let mut fields = Vec::new();
        self.fields(name, sets, &mut fields);
        let mut told = Map::new();
        for (key, fields) in fields {
            let first = fields[0];
            if first.name == "__typename" {
                told.insert(key.to_owned(), json!(name));
                continue;
            }
            let definition = self.types[name].field_by_name(&first.name).expect("a field of the schema");
            path.push(json!(key));
            let resolved = match object {
                Object::RateLimit => self.rate_limit(&first.name),
                _ => object.resolve(self.world, &first.name, &self.arguments(first)),
            };
            let sets: Vec<&SelectionSet> = fields.iter().map(|field| &field.selection_set).collect();
            let value = self.complete(&definition.field_type, resolved, &sets, path, errors);
            path.pop();
            told.insert(key.to_owned(), value?);
        }
        Ok(Value::Object(told))
    }

    fn complete(
        &self,
        kind: &Type,
        resolved: Resolved,
        sets: &[&'a SelectionSet],
        path: &mut Vec<Value>,
        errors: &mut Vec<Value>,
    ) -> Result<Value, Null> {
        if let Type::NonNullType(inner) = kind {
            let resolved = match resolved {
                Resolved::Unknown => self.plain(inner),
                resolved => resolved,
            };
            let value = self.complete(inner, resolved, sets, path, errors)?;
            return if value.is_null() { Err(Null) } else { Ok(value) };
        }
        Ok(match (resolved, kind) {
            (Resolved::Unknown, _) => Value::Null,
            (Resolved::Failed(failed), _) => {
                errors.push(failed.error(path));
                Value::Null
            }
            (Resolved::Value(value), _) => value,
            (Resolved::List(items), Type::ListType(inner)) => {
                let mut list = Vec::new();
                for (index, item) in items.into_iter().enumerate() {
                    path.push(json!(index));
                    // A null that may not be makes the whole list null, if that may be.
                    let value = self.complete(inner, item, sets, path, errors);
                    path.pop();
                    list.push(match value {
                        Ok(value) => value,
                        Err(Null) => return Ok(Value::Null),
                    });
                }
                Value::Array(list)
            }
            (Resolved::Object(object), _) => {
                self.select(&object, object.type_name(), sets, path, errors).unwrap_or(Value::Null)
            }
            (Resolved::List(_), _) => panic!("a list where {kind:?} should be"),
        })
    }

    /// Some value of a type that may not be null.
    fn plain(&self, kind: &Type) -> Resolved {
        Resolved::Value(match kind {
            Type::NonNullType(inner) => return self.plain(inner),
            Type::ListType(_) => json!([]),
            Type::NamedType(name) => match (name.as_str(), self.types.get(name.as_str())) {
                (_, Some(TypeDefinition::Enum(words))) => json!(words.values[0].name),
                (_, Some(TypeDefinition::Object(object))) => {
                    return Resolved::Object(Object::Plain(leak(&object.name)));
                }
                (_, Some(TypeDefinition::Interface(_) | TypeDefinition::Union(_))) => {
                    return Resolved::Object(Object::Actor("ghost".to_owned()));
                }
                ("Boolean", _) => json!(false),
                ("Int" | "Float", _) => json!(0),
                ("DateTime", _) => json!(self.world.now()),
                ("URI", _) => json!("https://github.com/"),
                _ => json!(""),
            },
        })
    }

    fn rate_limit(&self, field: &str) -> Resolved {
        let purse = self.world.graphql;
        let used = purse.used + self.price.points;
        Resolved::Value(match field {
            "cost" => json!(self.price.points),
            "limit" => json!(purse.limit),
            "nodeCount" => json!(self.price.nodes),
            "remaining" => json!(purse.limit.saturating_sub(used)),
            "resetAt" => json!(purse.resets),
            "used" => json!(used),
            _ => return Resolved::Unknown,
        })
    }

    /// Requests that GitHub would make for lists, and the nodes in them.
    fn cost(&self, set: &SelectionSet, times: u32) -> (u32, u32) {
        let mut sum = (0, 0);
        for item in &set.items {
            let more = match item {
                Selection::Field(field) if !self.is_included(field) => (0, 0),
                Selection::Field(field) => {
                    let arguments = self.arguments(field);
                    let page =
                        arguments.get("first").or_else(|| arguments.get("last")).and_then(Value::as_u64);
                    let ids = arguments.get("ids").and_then(Value::as_array).map(|ids| ids.len() as u64);
                    let many = page.or(ids).map(|many| u32::try_from(many).expect("a size"));
                    let inner = self.cost(&field.selection_set, times * many.unwrap_or(1));
                    let own = if page.is_some() { times } else { 0 };
                    (own + inner.0, many.map_or(0, |many| times * many) + inner.1)
                }
                Selection::InlineFragment(fragment) => self.cost(&fragment.selection_set, times),
                Selection::FragmentSpread(spread) => {
                    self.cost(&self.fragments[spread.fragment_name.as_str()].selection_set, times)
                }
            };
            sum = (sum.0 + more.0, sum.1 + more.1);
        }
        sum
    }

    /// Fields that this server lacks, or that the token's scopes do not reach: then nothing is answered.
    fn refused(&self) -> Vec<Value> {
        let mut errors = Vec::new();
        self.visit(self.root, self.operation, &mut errors);
        for fragment in self.fragments.values() {
            let TypeCondition::On(on) = &fragment.type_condition;
            self.visit(on, &fragment.selection_set, &mut errors);
        }
        errors
    }

    fn visit(&self, name: &str, set: &SelectionSet, errors: &mut Vec<Value>) {
        for item in &set.items {
            match item {
                Selection::Field(field) => {
                    let Some(definition) = self.types[name].field_by_name(&field.name) else { continue };
                    let place = json!([{"line": field.position.line, "column": field.position.column}]);
                    let scopes = self.world.token.scopes.as_ref();
                    if self.world.lacks.contains(&format!("{name}.{}", field.name)) {
                        errors.push(schema::undefined(&field.name, name, &place));
                    } else if name == "Team"
                        && scopes.is_some_and(|has| !has.iter().any(|one| one == "read:org"))
                    {
                        let message = format!(
                            "Your token has not been granted the required scopes to execute this query. The '{}' field requires one of the following scopes: ['read:org', 'read:discussion'], but your token has only been granted the: {scopes:?} scopes.",
                            field.name
                        );
                        errors.push(
                            json!({"type": "INSUFFICIENT_SCOPES", "locations": place, "message": message}),
                        );
                    }
                    self.visit(definition.field_type.inner_type(), &field.selection_set, errors);
                }
                Selection::InlineFragment(fragment) => {
                    let on =
                        fragment.type_condition.as_ref().map_or(name, |TypeCondition::On(on)| on.as_str());
                    self.visit(on, &fragment.selection_set, errors);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}

/// What a mutation asks for: its field, the type of its answer, and its input. `None`: the text is none, or a wrong one.
pub(super) fn deed(text: &str, variables: &Value) -> Option<(String, &'static str, Map<String, Value>)> {
    let document = schema::check(text).ok()?;
    let Definition::Operation(OperationDefinition::Mutation(mutation)) = document.definitions.first()? else {
        return None;
    };
    let Selection::Field(field) = mutation.selection_set.items.first()? else { return None };
    let variable = |name: &str| variables.get(name).cloned().unwrap_or(Value::Null);
    let (_, given) = field.arguments.iter().find(|(name, _)| name == "input")?;
    let Value::Object(input) = plain(given, &variable) else { return None };
    let definition = SCHEMA.type_map()["Mutation"].field_by_name(&field.name)?;
    Some((field.name.clone(), leak(definition.field_type.inner_type()), input))
}

fn leak(name: &str) -> &'static str {
    SCHEMA.type_map().keys().find(|known| **known == name).copied().expect("a type of the schema")
}

/// A value of a query as JSON.
fn plain(value: &query::Value, variable: &dyn Fn(&str) -> Value) -> Value {
    match value {
        query::Value::Variable(name) => variable(name),
        query::Value::Int(number) => json!(number.as_i64()),
        query::Value::Float(number) => json!(number),
        query::Value::String(text) | query::Value::Enum(text) => json!(text),
        query::Value::Boolean(value) => json!(value),
        query::Value::Null => Value::Null,
        query::Value::List(items) => items.iter().map(|item| plain(item, variable)).collect(),
        query::Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), plain(value, variable))).collect())
        }
    }
}

impl Failed {
    fn error(&self, path: &[Value]) -> Value {
        let mut error = json!({"type": self.kind, "path": path, "locations": [{"line": 1, "column": 1}], "message": self.message});
        if self.is_saml {
            error["extensions"] = json!({"saml_failure": true});
        }
        error
    }
}
