package httpapi

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are what a server tells Prometheus: requests by operation, status and
// code, and, of the store that [Metrics.Observe] watches, batches and how long
// they take. Labels come from the document and the table of conditions alone, never
// from a sender, so that there are some hundreds of series whatever happens. All
// methods may be called concurrently, and on nil, where they do nothing.
type Metrics struct {
	registry *prometheus.Registry

	requests *prometheus.CounterVec   // operation, status, code
	took     *prometheus.HistogramVec // operation
	underWay prometheus.Gauge

	batch   prometheus.Histogram
	locking prometheus.Histogram
	commit  prometheus.Histogram
	records prometheus.Counter
	commits *prometheus.CounterVec // outcome

	waited prometheus.Histogram
	posted prometheus.Histogram
	posts  posts[*waitingPost]
	queues queues
}

// scrapesMax is how many may read the metrics at once; more are answered 503.
const scrapesMax = 8

// NewMetrics returns metrics in a registry of their own, with those of the Go
// runtime and of the process.
func NewMetrics() *Metrics {
	// From a tenth of a millisecond to 13 s.
	seconds := prometheus.ExponentialBuckets(0.0001, 2, 18)
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "campusledger_requests_total", Help: "Requests answered, by operation, status and the problem's code.",
		}, []string{"operation", "status", "code"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "campusledger_request_seconds", Help: "From a request's header to its answer; a payment waits for its turn in it.", Buckets: seconds,
		}, []string{"operation"}),
		underWay: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "campusledger_requests_under_way", Help: "Requests that are not answered yet: those in the queue of a book, and others.",
		}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "campusledger_batch_records", Help: "Records written by one commit.", Buckets: prometheus.ExponentialBuckets(1, 2, 13),
		}),
		locking: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "campusledger_lock_seconds", Help: "Waiting for a book and reading what a batch needs.", Buckets: seconds,
		}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "campusledger_commit_seconds", Help: "Writing a batch, on the embedded database from its last part on, until it is durable.", Buckets: seconds,
		}),
		records: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "campusledger_records_total", Help: "Records that are durable: payments and all else a journal has.",
		}),
		commits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "campusledger_commits_total", Help: "Commits by outcome: committed, conflict, unknown or failed.",
		}, []string{"outcome"}),
		waited: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "campusledger_post_waited_seconds", Help: "From a valid request with an idempotency key to the beginning of its batch, or until it joined one: what it looks up, and its turn in the queue.", Buckets: seconds,
		}),
		posted: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "campusledger_post_seconds", Help: "From a valid request with an idempotency key until its record is durable.", Buckets: seconds,
		}),
	}
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "campusledger_queue_waiting", Help: "Writes that wait for the next batch of their book.",
	}, m.queues.waiting)
	m.registry.MustRegister(m.requests, m.took, m.underWay, m.batch, m.locking, m.commit, m.records, m.commits,
		m.waited, m.posted, waiting,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler answers in Prometheus's text formats.
func (m *Metrics) Handler() http.Handler {
	if m == nil {
		return http.NotFoundHandler()
	}
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapesMax})
}

// begin counts a request, until the result is called with its answer.
func (m *Metrics) begin() func(c *call, status int, took time.Duration) {
	if m == nil {
		return func(*call, int, time.Duration) {}
	}
	m.underWay.Inc()
	return func(c *call, status int, took time.Duration) {
		m.underWay.Dec()
		m.requests.WithLabelValues(c.name(), strconv.Itoa(status), c.code).Inc()
		m.took.WithLabelValues(c.name()).Observe(took.Seconds())
	}
}
