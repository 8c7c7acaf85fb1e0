//! The operations of the OpenAPI document. Tests take them from here, so a new route is tested without a change.

use super::schema::resolved;
use super::{TestEnvironment, TestResponse};
use axum::body::Body;
use http::{Method, Request, header};
use serde_json::{Map, Value};

/// An operation of the OpenAPI document.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// The path with its parameters in braces.
    pub(crate) template: String,
    /// The path with the example of every parameter.
    pub(crate) path: String,
    /// The name of the security scheme; empty if the operation is public.
    pub(crate) scheme: String,
    /// The scopes that the token needs.
    pub(crate) scopes: Vec<String>,
    /// The operation object of the document, with its responses in place of references to them.
    pub(crate) described: Value,
}

/// The OpenAPI document.
pub(crate) fn description() -> Value {
    sandbox::openapi::openapi().expect("JSON")
}

/// Every operation.
pub(crate) fn operations() -> Vec<Operation> {
    let description = description();
    let paths = description["paths"].as_object().expect("paths");
    let of_path = |(template, methods): (&String, &Value)| {
        let methods = methods.as_object().expect("operations").clone();
        let (template, description) = (template.clone(), &description);
        methods.into_iter().map(move |(method, mut described)| {
            for response in described["responses"].as_object_mut().into_iter().flat_map(Map::values_mut) {
                *response = resolved(description, response).clone();
            }
            Operation::of(&template, &method, described)
        })
    };
    paths.iter().flat_map(of_path).collect()
}

/// The operations that require a credential of a security scheme.
pub(crate) fn operations_requiring(scheme: &str) -> Vec<Operation> {
    let operations_requiring: Vec<_> =
        operations().into_iter().filter(|operation| operation.scheme == scheme).collect();
    assert!(!operations_requiring.is_empty(), "nothing needs a {scheme}");
    operations_requiring
}

impl Operation {
    /// Method and path, for messages.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    fn of(template: &str, method: &str, described: Value) -> Self {
        let mut path = template.to_owned();
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().expect("a name");
            path = path.replace(&format!("{{{name}}}"), parameter["example"].as_str().unwrap_or_default());
        }
        let required = described["security"][0].as_object().and_then(|required| required.iter().next());
        let scopes = |scopes: &Value| {
            scopes.as_array().expect("scopes").iter().map(|scope| scope.as_str().expect("a scope").to_owned()).collect()
        };
        Self {
            method: method.to_uppercase().parse().expect("a method"),
            template: template.to_owned(),
            path,
            scheme: required.map(|(scheme, _)| scheme.clone()).unwrap_or_default(),
            scopes: required.map(|(_, required)| scopes(required)).unwrap_or_default(),
            described,
        }
    }

    /// Sends a request with these `Authorization` headers, and an empty object as the body if the operation has one.
    pub(crate) async fn send(&self, env: &TestEnvironment, authorizations: &[&str]) -> TestResponse {
        self.send_body(env, authorizations, "application/json", "{}").await
    }

    /// Sends a request with these `Authorization` headers and any body.
    pub(crate) async fn send_body(
        &self,
        env: &TestEnvironment,
        authorizations: &[&str],
        kind: &str,
        body: impl Into<Body>,
    ) -> TestResponse {
        let mut request = Request::builder().method(self.method.clone()).uri(&self.path);
        request = request.header(header::HOST, "api.example.com");
        for authorization in authorizations {
            request = request.header(header::AUTHORIZATION, *authorization);
        }
        let bodyless = self.described["requestBody"].is_null();
        let request = if bodyless {
            request.body(Body::empty())
        } else {
            request.header(header::CONTENT_TYPE, kind).body(body.into())
        };
        env.send(request.expect("a request")).await
    }
}
