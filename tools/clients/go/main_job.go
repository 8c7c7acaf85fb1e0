// The main job of an integration, with a client that openapi-generator makes from the OpenAPI document: make links, follow
// one, write interactions, export in pages, follow the changes, erase a user.
//
//	API_URL=http://127.0.0.1:8787 API_TOKEN=odx_… go run ./job
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	api "github.com/GIT_USER_ID/GIT_REPO_ID"
)

func main() {
	run := rand.Text()
	kept, erased := "kept-"+run, "erased-"+run
	start := time.Now().UTC()
	client := newClient()
	token := context.WithValue(context.Background(), api.ContextAccessToken, os.Getenv("API_TOKEN"))
	anyone := context.Background()

	caller := ok(client.TokensAPI.Whoami(token).Execute())
	check(slices.Contains(caller.Scopes, api.SCOPE_USERS_ERASE), caller.Scopes)

	attributes := map[string]any{"first_name": "Ann", "vip": true, "tags": []any{"new", 7.0}}
	var rows []api.DatasetRow
	for _, user := range []string{kept, erased} {
		row := api.NewDatasetRow(attributes)
		row.SetUserId(user)
		rows = append(rows, *row)
	}
	wanted := *api.NewGenerateLinks(rows, "customer_support")
	generate := client.WebchatLinksAPI.GenerateLinks(token).GenerateLinks(wanted).IdempotencyKey(run)
	links := ok(generate.Execute())
	check(reflect.DeepEqual(links, ok(generate.Execute())), "the repeat has other links")
	check(len(links) == 2 && links[0].UserId == kept, links)

	code := ok1(url.Parse(links[0].Url)).Path[1:]
	// A redirect is no success for the generated code, so it returns an error with the response.
	followed, _ := client.WebchatLinksAPI.FollowLink(anyone, code).Execute()
	check(followed.StatusCode == http.StatusFound, followed.Status)
	page := ok1(url.Parse(followed.Header.Get("Location")))
	handoff := strings.TrimPrefix(page.Fragment, "handoff=")
	exchange := client.WebchatPageAPI.ExchangeHandoff(anyone).Origin(page.Scheme + "://" + page.Host)
	exchanged := ok(exchange.Exchange(*api.NewExchange(handoff, run)).Execute())
	check(reflect.DeepEqual(exchanged.Attributes, attributes), exchanged.Attributes)
	content := *api.NewMessageContent("text")
	content.Data = map[string]any{"text": "hello"}
	message := *api.NewWebchatMessage(content, run, "message", kept)
	session := context.WithValue(anyone, api.ContextAccessToken, exchanged.Session)
	check(len(ok(client.WebchatPageAPI.IncomingMessage(session).WebchatMessage(message).Execute())) == 0, "an answer")

	event := func(user, text string) api.Event {
		event := api.NewEvent(start.Format(time.RFC3339Nano), "text", user)
		event.SetText(text)
		event.SetAuthor(api.AUTHOR_US)
		event.Data = map[string]any{"choice": map[string]any{"of": []any{"a", 1}}}
		return *event
	}
	events := []api.Event{event(kept, "one"), event(kept, "two"), event(erased, "three")}
	check(ok(client.InteractionsAPI.StoreInteractions(token).Event(events).Execute()).Created == 3, "not 3 created")
	check(ok(client.InteractionsAPI.StoreInteractions(token).Event(events).Execute()).Duplicate == 3, "not 3 duplicates")

	said := map[string][]string{}
	period := client.InteractionsAPI.UserInteractions(token).Limit(1)
	period = period.From(start.Add(-time.Minute).Format(time.RFC3339)).To(start.Add(time.Minute).Format(time.RFC3339))
	for more := true; more; {
		listed := ok(period.Execute())
		for _, one := range listed.Data {
			for id, user := range one {
				for _, interaction := range user.Interactions {
					said[id] = append(said[id], interaction.Text)
				}
			}
		}
		period, more = period.Cursor(listed.Meta.GetNextCursor()), listed.Meta.GetNextCursor() != ""
	}
	slices.Sort(said[kept])
	check(slices.Equal(said[kept], []string{"hello", "one", "two"}), said)
	check(slices.Equal(said[erased], []string{"three"}), said)

	exported := map[string]bool{}
	for cursor, more := "", true; more; more = cursor != "" {
		export := ok(client.InteractionsAPI.UserDataExport(token).ExportType("json").PerPage(2).Cursor(cursor).Execute())
		for _, one := range export.Data {
			for id := range one {
				exported[id] = true
			}
		}
		cursor = export.Meta.GetNextCursor()
	}
	check(exported[kept] && exported[erased], exported)

	erasure, response, err := client.UsersAPI.EraseUser(token).UserId(erased).Execute()
	for check(err == nil, err); !erasure.CompletedAt.IsSet() || erasure.CompletedAt.Get() == nil; {
		time.Sleep(time.Second * time.Duration(ok1(strconv.Atoi(response.Header.Get("Retry-After")))))
		erasure, response, err = client.UsersAPI.EraseUser(token).UserId(erased).Execute()
		check(err == nil, err)
	}
	check(erasure.Interactions == 1 && erasure.Links == 1, erasure)

	var stored, gone []string
	changes := client.InteractionsAPI.InteractionChanges(token)
	for caughtUp := false; !caughtUp; {
		listed := ok(changes.Execute())
		for _, change := range listed.Data {
			if change.Line != nil && change.Line.UserId == kept {
				stored = append(stored, change.Line.Text)
			}
			if change.ErasedUser != nil && change.ErasedUser.Erased.UserId == erased {
				gone = append(gone, erased)
			}
		}
		changes, caughtUp = changes.Cursor(listed.Meta.NextCursor), listed.Meta.CaughtUp
	}
	slices.Sort(stored)
	check(slices.Equal(stored, []string{"hello", "one", "two"}) && len(gone) == 1, stored)
	opened := ok(client.WebchatLinksAPI.ReadLink(token, links[0].LinkId).Execute())
	check(opened.State == api.LINKSTATUS_LIVE && opened.Uses == 1 && opened.Clicks == 1, opened)

	fmt.Printf("Go: 2 links, 1 followed, 3 events, %d users exported, 1 erasure\n", len(exported))
}

func newClient() *api.APIClient {
	configuration := api.NewConfiguration()
	configuration.Servers = api.ServerConfigurations{{URL: os.Getenv("API_URL")}}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	configuration.HTTPClient = &http.Client{CheckRedirect: stay}
	return api.NewAPIClient(configuration)
}

// ok is the body of a success; an error ends the job with the response.
func ok[T any](answer T, response *http.Response, err error) T {
	if err != nil && response != nil {
		body, _ := io.ReadAll(response.Body)
		check(false, fmt.Sprintf("%v: %s", err, body))
	}
	return ok1(answer, err)
}

func ok1[T any](answer T, err error) T {
	check(err == nil, err)
	return answer
}

func check(condition bool, message any) {
	if !condition {
		fmt.Fprintf(os.Stderr, "main_job.go: %v\n", message)
		os.Exit(1)
	}
}
