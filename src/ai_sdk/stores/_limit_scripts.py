"""The Lua scripts of ``RedisRateLimiter``.

The state of one limit, all of it under one hash tag: ``log`` (sorted set: admission to its time) and ``cost`` (hash:
admission to ``requests:tokens:settled``, and the sums ``#requests`` and ``#tokens``) are the moving log; ``slots``
(sorted set: admission to the end of its lease) are the calls under way; ``queue`` (sorted set: call to when it came)
and ``want`` (hash: call to ``requests:tokens:until``) are those that wait, the first ones of each process; ``meta`` has
the server's run id, until when nobody is admitted (``quiet``), the latest time seen, how much was ever admitted, and
the ceilings that the provider's answers set. Times are microseconds of the server's clock, which never goes backwards
here.
"""

from __future__ import annotations

from ai_sdk.stores.redis import Script

__all__ = ["ADMIT", "BEAT", "FORGET", "LEARN", "NOTE", "PARTS", "RELEASE"]

PARTS = ("log", "cost", "slots", "queue", "want", "meta", "wake")
_VERSION = 1
_NAME = "limit"

_STATE = """
local log, cost, slots, queue, want, meta, wake = unpack(KEYS)
local window, slack, ttl, pause = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local keep = window + slack
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

local function number(value) return tonumber(value or 0) or 0 end
local function text(value) return string.format('%.0f', value) end

local known = redis.call('HMGET', meta, 'run', 'quiet', 'last')
local quiet, last = number(known[2]), number(known[3])
local info = redis.call('INFO', 'server')
local run = string.match(info, 'run_id:(%w+)') or '?'
if now < last - window then
    redis.call('DEL', log, cost, slots, queue, want)
    last, known[1] = now, 'a clock that went back'
end
local lost = redis.call('EXISTS', log) == 1 and redis.call('HEXISTS', cost, '#requests') == 0
if known[1] ~= run or lost then
    quiet = now + pause
    if not known[1] and not lost then
        local uptime = number(string.match(info, 'uptime_in_seconds:(%d+)'))
        quiet = quiet - math.max(0, uptime - 1) * 1000000
    end
    redis.call('HSET', meta, 'run', run, 'quiet', text(quiet))
end
now = math.max(now, last)
redis.call('HSET', meta, 'last', text(now))

local used = redis.call('HMGET', cost, '#requests', '#tokens')
local requests_used, tokens_used = number(used[1]), number(used[2])

local function cost_of(id)
    local stored = redis.call('HGET', cost, id)
    if not stored then return 0, 0, false end
    local requests, tokens, settled = string.match(stored, '^(%d+):(%d+):(%d)$')
    return tonumber(requests), tonumber(tokens), settled == '1'
end

local function drop(id)
    local requests, tokens = cost_of(id)
    requests_used, tokens_used = requests_used - requests, tokens_used - tokens
    redis.call('ZREM', log, id)
    redis.call('HDEL', cost, id)
end

local function note(id, requests, tokens, settled, at)
    requests_used, tokens_used = requests_used + requests, tokens_used + tokens
    redis.call('ZADD', log, text(at or now), id)
    redis.call('HSET', cost, id, text(requests) .. ':' .. text(tokens) .. ':' .. settled)
end

local function purge()
    while true do
        local old = redis.call('ZRANGEBYSCORE', log, '-inf', text(now - keep), 'LIMIT', 0, 200)
        for _, id in ipairs(old) do drop(id) end
        if #old < 200 then break end
    end
    redis.call('ZREMRANGEBYSCORE', slots, '-inf', text(now))
end

local function save()
    local life = math.ceil((keep + 60000000) / 1000)
    redis.call('HSET', cost, '#requests', text(requests_used), '#tokens', text(tokens_used))
    for _, key in ipairs({log, cost}) do redis.call('PEXPIRE', key, life) end
    for _, key in ipairs({queue, want}) do redis.call('PEXPIRE', key, 60000) end
    redis.call('PEXPIRE', slots, math.ceil(ttl / 1000))
    redis.call('PEXPIRE', meta, math.max(86400000, 10 * life))
end

local function leave(id)
    redis.call('ZREM', queue, id)
    redis.call('HDEL', want, id)
end

local function waiting_before(me)
    local requests, tokens, count = 0, 0, 0
    for _, id in ipairs(redis.call('ZRANGE', queue, 0, -1)) do
        if id == me then break end
        local wish = redis.call('HGET', want, id) or '0:0:0'
        local wished, wished_tokens, till = string.match(wish, '^(%d+):(%d+):(%d+)$')
        if tonumber(till) <= now then
            leave(id)
        else
            requests, tokens, count = requests + wished, tokens + wished_tokens, count + 1
        end
    end
    return requests, tokens, count
end

local function wake_first()
    local first = redis.call('ZRANGE', queue, 0, 0)[1]
    if first then
        local bell = wake .. ':' .. first
        redis.call('DEL', bell)
        redis.call('LPUSH', bell, '1')
        redis.call('PEXPIRE', bell, 5000)
    end
end

purge()
"""

ADMIT = Script(
    _NAME,
    _VERSION,
    _STATE
    + """
local id, requests, tokens, most = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local max_requests, max_tokens, max_slots = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local patience, doze, grace = tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14])

local function admitted(count)
    if max_slots >= 0 then redis.call('ZADD', slots, text(now + ttl), id) end
    leave(id)
    local total = redis.call('HINCRBY', meta, 'requests', text(count))
    local total_tokens = redis.call('HINCRBY', meta, 'tokens', text(tokens))
    save()
    return {1, count, total, total_tokens}
end

if redis.call('ZSCORE', log, id) then
    redis.call('ZADD', log, text(now), id)
    local counted = cost_of(id)
    if max_slots >= 0 then redis.call('ZADD', slots, text(now + ttl), id) end
    leave(id)
    save()
    return {1, counted, number(redis.call('HGET', meta, 'requests')), number(redis.call('HGET', meta, 'tokens'))}
end
local others, others_tokens, others_count = waiting_before(id)
local wait, why = 0, 'rate'
if now < quiet then wait, why = quiet - now, 'quiet' end

local function left(which, ahead)
    local cap = redis.call('HMGET', meta, which .. '_cap', which .. '_until', which)
    if not cap[1] or now >= number(cap[2]) then return math.huge, 0 end
    return number(cap[1]) - number(cap[3]) - ahead, number(cap[2]) - now
end
local requests_left, requests_reset = left('requests', others)
local tokens_left, tokens_reset = left('tokens', others_tokens)
if requests > requests_left then wait = math.max(wait, requests_reset) end
if tokens > tokens_left then wait = math.max(wait, tokens_reset) end

local function missing(max, taken, ahead, mine)
    if max < 0 then return 0 end
    return taken + ahead + mine - max
end
local lack = missing(max_requests, requests_used, others, requests)
local lack_tokens = missing(max_tokens, tokens_used, others_tokens, tokens)
if lack > 0 or lack_tokens > 0 then
    local at = now
    local oldest = redis.call('ZRANGE', log, 0, 127, 'WITHSCORES')
    for index = 1, #oldest, 2 do
        if lack <= 0 and lack_tokens <= 0 then break end
        local freed, freed_tokens = cost_of(oldest[index])
        lack, lack_tokens = lack - freed, lack_tokens - freed_tokens
        at = tonumber(oldest[index + 1]) + keep
    end
    wait = math.max(wait, at - now, others_count > 0 and 20000 or 1000)
end
if max_slots >= 0 and wait == 0 and redis.call('ZCARD', slots) + others_count + 1 > max_slots then
    wait, why = doze, 'slots'
end

if wait > 0 then
    if why == 'slots' or (why == 'rate' and wait <= patience) then
        if not redis.call('ZSCORE', queue, id) then redis.call('ZADD', queue, text(now), id) end
        local till = now + math.min(wait, doze) + grace
        redis.call('HSET', want, id, text(requests) .. ':' .. text(tokens) .. ':' .. text(till))
    else
        leave(id)
    end
    save()
    return {0, wait, why}
end
local room = math.min(most, requests_left)
if max_requests >= 0 then room = math.min(room, max_requests - requests_used) end
local count = others_count > 0 and requests or math.max(requests, room)
note(id, count, tokens, 0)
return admitted(count)
""",
)

RELEASE = Script(
    _NAME,
    _VERSION,
    _STATE
    + """
local id, reserved, spent, settle = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8] == '1'
local freed = redis.call('ZREM', slots, id) == 1
if settle then
    if redis.call('ZSCORE', log, id) then
        local requests, tokens, settled = cost_of(id)
        if not settled then
            tokens_used = tokens_used + spent - tokens
            redis.call('HSET', cost, id, text(requests) .. ':' .. text(spent) .. ':1')
            if spent > tokens then redis.call('HINCRBY', meta, 'tokens', text(spent - tokens)) end
            freed = freed or spent < tokens
        end
    elseif spent > reserved and not redis.call('ZSCORE', log, id .. ':late') then
        note(id .. ':late', 0, spent - reserved, 1)
    end
end
save()
if freed then wake_first() end
return 1
""",
)

FORGET = Script(
    _NAME,
    _VERSION,
    _STATE
    + """
local id = ARGV[5]
redis.call('ZREM', slots, id)
if redis.call('ZSCORE', log, id) then drop(id) end
leave(id)
save()
wake_first()
return 1
""",
)

NOTE = Script(
    _NAME,
    _VERSION,
    _STATE
    + """
for index = 5, #ARGV, 4 do
    local id, age = ARGV[index], tonumber(ARGV[index + 1])
    if age < keep and not redis.call('ZSCORE', log, id) then
        note(id, tonumber(ARGV[index + 2]), tonumber(ARGV[index + 3]), 0, now - age)
        redis.call('HINCRBY', meta, 'requests', ARGV[index + 2])
        redis.call('HINCRBY', meta, 'tokens', ARGV[index + 3])
    end
end
save()
return 1
""",
)

BEAT = Script(
    _NAME,
    _VERSION,
    _STATE
    + """
for index = 5, #ARGV do redis.call('ZADD', slots, text(now + ttl), ARGV[index]) end
save()
return 1
""",
)

LEARN = Script(
    _NAME,
    _VERSION,
    _STATE
    + """
local which, cap, reset = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
if reset <= 0 then return 0 end
local old = redis.call('HMGET', meta, which .. '_cap', which .. '_until')
local till = now + reset
if old[1] and now < number(old[2]) then
    if number(old[1]) < cap then return 0 end
    if number(old[1]) == cap then till = math.max(till, number(old[2])) end
end
redis.call('HSET', meta, which .. '_cap', text(cap), which .. '_until', text(till))
save()
return 1
""",
)
