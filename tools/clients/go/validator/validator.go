// Package validator takes the place of gopkg.in/validator.v2, which no package registry of the build has. The generated
// client calls it once for each member of a `oneOf`. It checks `validate` tags of structs, and the client has none.
package validator

// Validate accepts every value.
func Validate(any) error { return nil }
