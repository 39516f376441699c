// Command server tells what Kubernetes makes of documents: kubectl's reader, the strict decoder of the API server, its
// defaults and its validation of a create, each by the code of the release in go.mod.
//
// Standard input holds one JSON object a line, {"name": …, "text": …}, or "base64" in place of "text" where the bytes are
// no UTF-8. Standard output holds the same objects with the answer beside them.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/kubectl/pkg/validation"
)

// document is what is asked about, and what came of it.
type document struct {
	Name   string `json:"name"`
	Text   string `json:"text,omitempty"`
	Base64 []byte `json:"base64,omitempty"`
	// Objects are the NetworkPolicies that kubectl sends, in their order.
	Objects []answer `json:"objects"`
	// Unread is what kubectl can't read or send; objects that stand before it are sent nevertheless.
	Unread []string `json:"unread,omitempty"`
}

func main() {
	log.SetFlags(0)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		var asked document
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			log.Fatal(err)
		}
		asked.answer()
		if err := out.Encode(asked); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}

// answer reads the document as `kubectl create -f -` does.
func (d *document) answer() {
	d.Objects = []answer{}
	text := d.Base64
	if text == nil {
		text = []byte(d.Text)
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			d.Unread = append(d.Unread, fmt.Sprint("panic: ", panicked))
		}
	}()
	// kubectl reads every file so: by the mark at its start, and bytes that are no UTF-8 become U+FFFD.
	marked := unicode.BOMOverride(unicode.UTF8.NewDecoder())
	read := resource.NewLocalBuilder().
		Unstructured().
		Local().
		ContinueOnError().
		Schema(validation.NewParamVerifyingSchema(validation.NullSchema{}, verifies{}, "Strict")).
		Stream(transform.NewReader(bytes.NewReader(text), marked), "document").
		Flatten().
		Do()
	err := read.Visit(func(info *resource.Info, err error) error {
		if err != nil {
			return err
		}
		sent, err := send(info)
		if err == nil && sent != nil {
			d.Objects = append(d.Objects, *sent)
		}
		return err
	})
	if err != nil {
		d.Unread = append(d.Unread, err.Error())
	}
}
