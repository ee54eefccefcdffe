package main

import (
	"fmt"
	"log"
	"reflect"
	"sort"
	"strings"
	"unicode"

	v1 "k8s.io/api/core/v1"
	api "k8s.io/kubernetes/pkg/apis/core"
)

// Types that are written as one value, by the name of their shape in either table.
var scalars = map[string][2]string{
	"resource.Quantity":  {"Quantity", "Quantity"},
	"intstr.IntOrString": {"IntOrString", "Port"},
	"v1.Time":            {"Time", "Time"},
	"v1.FieldsV1":        {"Any", "Raw"},
}

// tables collects one static per struct.
type tables map[string]string

func (collected tables) print(public ...string) {
	var names []string
	for name := range collected {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		body := collected[name]
		for _, shown := range public {
			if name == shown {
				body = "pub(super) " + body
			}
		}
		fmt.Println(body)
	}
}

func printFields() {
	collected := tables{}
	collected.fields(reflect.TypeOf(v1.Pod{}))
	collected.fields(reflect.TypeOf(v1.PodList{}))
	collected.print("POD", "POD_LIST")
}

// fields writes the names and kinds of a struct as JSON has them: embedded structs are part of their owner.
func (collected tables) fields(object reflect.Type) {
	name := constant(object.Name())
	if _, known := collected[name]; known {
		return
	}
	collected[name] = ""
	var body strings.Builder
	fmt.Fprintf(&body, "static %s: Object = Object {\n    name: %q,\n    fields: &[\n", name, object.Name())
	var flatten func(reflect.Type)
	flatten = func(object reflect.Type) {
		for index := range object.NumField() {
			field := object.Field(index)
			if jsonName(field) == "" {
				flatten(field.Type)
				continue
			}
			fmt.Fprintf(&body, "        Field { name: %q, kind: %s },\n", jsonName(field), collected.kind(field.Type))
		}
	}
	flatten(object)
	collected[name] = body.String() + "    ],\n};\n"
}

func (collected tables) kind(value reflect.Type) string {
	if known, is := scalars[value.String()]; is {
		return "Kind::" + known[0]
	}
	switch value.Kind() {
	case reflect.Pointer:
		return collected.kind(value.Elem())
	case reflect.Bool:
		return "Kind::Bool"
	case reflect.Int32:
		return "Kind::Int32"
	case reflect.Int64:
		return "Kind::Int64"
	case reflect.String:
		return "Kind::String"
	case reflect.Slice:
		return "Kind::List(&" + collected.kind(value.Elem()) + ")"
	case reflect.Map:
		return "Kind::Map(&" + collected.kind(value.Elem()) + ")"
	case reflect.Struct:
		collected.fields(value)
		return "Kind::Object(&" + constant(value.Name()) + ")"
	}
	log.Fatalf("no kind for %s", value)
	return ""
}

func printLayout() {
	collected := tables{}
	collected.layout(reflect.TypeOf(api.Pod{}), reflect.TypeOf(v1.Pod{}))
	collected.print("POD")
}

// layout writes the fields of an internal struct in memory order, with the JSON names of the public one.
func (collected tables) layout(object, public reflect.Type) {
	name := constant(object.Name())
	if _, known := collected[name]; known {
		return
	}
	collected[name] = ""
	var body strings.Builder
	fmt.Fprintf(&body, "static %s: Struct = Struct {\n    fields: &[\n", name)
	for index := range object.NumField() {
		field := object.Field(index)
		twin, found := public.FieldByName(field.Name)
		if !found {
			log.Fatalf("%s has no %s", public, field.Name)
		}
		shape := collected.shape(field.Type, twin.Type)
		if jsonName(twin) == "" {
			shape = strings.Replace(shape, "Shape::Struct", "Shape::Embedded", 1)
		}
		fmt.Fprintf(&body, "        Field { name: %q, type_name: %q, json: %q, shape: %s },\n",
			field.Name, field.Type.String(), jsonName(twin), shape)
	}
	collected[name] = body.String() + "    ],\n};\n"
}

func (collected tables) shape(value, public reflect.Type) string {
	if known, is := scalars[value.String()]; is {
		return "Shape::" + known[1]
	}
	switch value.Kind() {
	case reflect.Pointer:
		return "Shape::Pointer(&" + collected.shape(value.Elem(), public.Elem()) + ")"
	case reflect.Bool:
		return "Shape::Flag"
	case reflect.Int32, reflect.Int64:
		return "Shape::Number"
	case reflect.String:
		return "Shape::Text"
	case reflect.Slice:
		return "Shape::List(&" + collected.shape(value.Elem(), public.Elem()) + ")"
	case reflect.Map:
		return "Shape::Map(&" + collected.shape(value.Elem(), public.Elem()) + ")"
	case reflect.Struct:
		collected.layout(value, public)
		return "Shape::Struct(&" + constant(value.Name()) + ")"
	}
	log.Fatalf("no shape for %s", value)
	return ""
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

// constant turns PodDNSConfig into POD_DNS_CONFIG.
func constant(name string) string {
	letters := []rune(name)
	var words strings.Builder
	for index, letter := range letters {
		if index > 0 && unicode.IsUpper(letter) {
			afterLower := !unicode.IsUpper(letters[index-1])
			beforeLower := index+1 < len(letters) && unicode.IsLower(letters[index+1])
			if afterLower || beforeLower {
				words.WriteByte('_')
			}
		}
		words.WriteRune(unicode.ToUpper(letter))
	}
	return words.String()
}
