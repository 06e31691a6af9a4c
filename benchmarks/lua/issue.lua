-- Asks for tickets as our clients do: each request has a key of its own, so it is safe to repeat.
-- SHUBBAK_BEARER is the API key; SHUBBAK_KEYS=no leaves the Idempotency-Key out.
local bearer = os.getenv("SHUBBAK_BEARER")
local with_keys = os.getenv("SHUBBAK_KEYS") ~= "no"
local body = '{"service":"enquiry"}'
local head = "POST /api/v1/tickets HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " .. bearer ..
    "\r\nContent-Type: application/json\r\nContent-Length: " .. #body .. "\r\n"
local without = head .. "\r\n" .. body
local run, sent, thread = "", 0, 0
local threads = 0

function setup(each)
  each:set("thread", threads)
  threads = threads + 1
end

function init()
  local source = io.open("/dev/urandom", "rb")
  run = source:read(12):gsub(".", function(byte) return string.format("%02x", string.byte(byte)) end)
  source:close()
end

function request()
  if not with_keys then return without end
  sent = sent + 1
  return head .. "Idempotency-Key: " .. run .. "-" .. thread .. "-" .. sent .. "\r\n\r\n" .. body
end

function done(summary, latency, requests)
  io.write(string.format(
    'FIGURES {"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50_us":%d,"p90_us":%d,"p99_us":%d,"p999_us":%d}\n',
    summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(90), latency:percentile(99), latency:percentile(99.9)))
end
