"""The Lua scripts of the circuit breaker, the ledger and the key bench. Times are the server's, in microseconds."""

from __future__ import annotations

from ai_sdk.stores.redis import Script

__all__ = ["BENCH", "CLEAR", "FREE_IN", "LEDGER_PARTS", "OPEN", "PROBED", "RESERVE", "SETTLE", "SPENT", "STATE"]

_CLOCK = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local function number(value) return tonumber(value or 0) or 0 end
local function text(value) return string.format('%.0f', value) end
"""

# A breaker is a hash: generation, until, openings, succeeded; and the key of the probe that is under way.
_BREAKER = (
    _CLOCK
    + """
local circuit, probe = KEYS[1], KEYS[2]
local known = redis.call('HMGET', circuit, 'generation', 'until', 'openings', 'succeeded')
local generation, till, openings, succeeded = number(known[1]), number(known[2]), number(known[3]), number(known[4])
local function open(wait, longest, random)
    local pause = math.min(wait * 2 ^ math.min(openings, 64) * random, longest)
    redis.call('HSET', circuit, 'generation', text(generation + 1), 'until', text(now + pause),
               'openings', text(openings + 1), 'succeeded', '0')
    redis.call('PEXPIRE', circuit, math.ceil(pause / 1000) + 86400000)
    redis.call('DEL', probe)
    return pause
end
"""
)

STATE = Script(
    "breaker",
    1,
    _BREAKER
    + """
if till == 0 then return {'closed', generation, 0, 0} end
if now < till then return {'open', generation, till - now, succeeded} end
if redis.call('SET', probe, ARGV[1], 'NX', 'PX', ARGV[2]) then return {'probe', generation, 0, succeeded} end
return {'half-open', generation, 0, succeeded}
""",
)

OPEN = Script(
    "breaker",
    1,
    _BREAKER
    + """
if generation ~= tonumber(ARGV[1]) then return 0 end
return open(tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]))
""",
)

PROBED = Script(
    "breaker",
    1,
    _BREAKER
    + """
if redis.call('GET', probe) ~= ARGV[4] then return 0 end
if ARGV[5] == 'failure' then return open(tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])) end
redis.call('DEL', probe)
if ARGV[5] == 'success' and redis.call('HINCRBY', circuit, 'succeeded', 1) >= tonumber(ARGV[6]) then
    redis.call('HSET', circuit, 'generation', text(generation + 1), 'until', '0', 'openings', '0', 'succeeded', '0')
end
return 1
""",
)

# A ledger has for each tenant: the sums and the steps of the window (hash), which steps there are (sorted set), and
# the reservations that are not settled (hash: "step:nano:tokens:requests"; sorted set: when).
LEDGER_PARTS = ("books", "steps", "held", "ages")

_LEDGER = (
    _CLOCK
    + """
local books, steps, held, ages = unpack(KEYS)
local width, count, horizon = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local last = number(redis.call('HGET', books, 'last'))
if last > now and last - now < width * count then now = last end
local step = width > 0 and math.floor(now / width) or 0

local function amounts(at)
    local found = redis.call('HMGET', books, at .. ':1', at .. ':2', at .. ':3')
    return {number(found[1]), number(found[2]), number(found[3])}
end
local function book(at, amount, sign)
    for unit = 1, 3 do
        if amount[unit] ~= 0 then
            redis.call('HINCRBY', books, at .. ':' .. unit, text(sign * amount[unit]))
            redis.call('HINCRBY', books, 'sum:' .. unit, text(sign * amount[unit]))
        end
    end
    redis.call('ZADD', steps, at, at)
end
local function forget(at)
    book(at, amounts(at), -1)
    redis.call('HDEL', books, at .. ':1', at .. ':2', at .. ':3')
    redis.call('ZREM', steps, at)
end
local function save()
    redis.call('HSET', books, 'last', text(now))
    if width > 0 then
        for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, math.ceil(horizon / 1000) + 60000) end
    end
end
if width > 0 then
    for _, at in ipairs(redis.call('ZRANGEBYSCORE', steps, '-inf', text(step - count - 1))) do forget(at) end
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', ages, '-inf', text(now - horizon), 'LIMIT', 0, 100)) do
    redis.call('HDEL', held, id)
    redis.call('ZREM', ages, id)
end
local here = text(step)
"""
)

RESERVE = Script(
    "ledger",
    1,
    _LEDGER
    + """
local id, force = ARGV[4], ARGV[11] == '1'
local wanted = {tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])}
if redis.call('HEXISTS', held, id) == 1 then return {1} end
local sums = amounts('sum')
for unit = 1, 3 do
    local limit = tonumber(ARGV[7 + unit])
    if not force and limit >= 0 and wanted[unit] > 0 and sums[unit] + wanted[unit] > limit then
        local left = amounts('sum')
        for _, at in ipairs(width > 0 and redis.call('ZRANGE', steps, 0, -1) or {}) do
            local booked, fits = amounts(at), true
            for other = 1, 3 do
                left[other] = left[other] - booked[other]
                local most = tonumber(ARGV[7 + other])
                if most >= 0 and wanted[other] > 0 and left[other] + wanted[other] > most then fits = false end
            end
            if fits then return {0, unit, sums[unit], (at + 1 + count) * width - now} end
        end
        return {0, unit, sums[unit], -1}
    end
end
book(here, wanted, 1)
redis.call('HSET', held, id, here .. ':' .. ARGV[5] .. ':' .. ARGV[6] .. ':' .. ARGV[7])
redis.call('ZADD', ages, text(now), id)
save()
return {1}
""",
)

SPENT = Script("ledger", 1, _LEDGER + "return amounts('sum')")

SETTLE = Script(
    "ledger",
    1,
    _LEDGER
    + """
local id = ARGV[4]
local stored = redis.call('HGET', held, id)
if not stored then return 0 end
redis.call('HDEL', held, id)
redis.call('ZREM', ages, id)
if #ARGV >= 7 then
    local at, nano, tokens, requests = string.match(stored, '^(%d+):(%d+):(%d+):(%d+)$')
    local had, more = {nano, tokens, requests}, {}
    local inside = redis.call('ZSCORE', steps, at)
    for unit = 1, 3 do
        more[unit] = tonumber(ARGV[4 + unit]) - tonumber(had[unit])
        if not inside then more[unit] = math.max(0, more[unit]) end
    end
    book(inside and at or here, more, 1)
    save()
end
return 1
""",
)

# A bench is one hash: name to until, "inf" for good.
BENCH = Script(
    "bench",
    1,
    _CLOCK
    + """
local bench, name, rest = KEYS[1], ARGV[1], tonumber(ARGV[2])
local longest = 0
for index, value in ipairs(redis.call('HGETALL', bench)) do
    if index % 2 == 1 then
        name = value
    elseif value ~= 'inf' and tonumber(value) <= now then
        redis.call('HDEL', bench, name)
    elseif name ~= ARGV[1] then
        longest = math.max(longest, value == 'inf' and math.huge or tonumber(value))
    end
end
local old = redis.call('HGET', bench, ARGV[1])
local till = rest < 0 and math.huge or now + rest
if old then till = math.max(till, old == 'inf' and math.huge or tonumber(old)) end
redis.call('HSET', bench, ARGV[1], till == math.huge and 'inf' or text(till))
longest = math.max(longest, till)
if longest == math.huge then
    redis.call('PERSIST', bench)
else
    redis.call('PEXPIRE', bench, math.ceil((longest - now) / 1000) + 1000)
end
return 1
""",
)

FREE_IN = Script(
    "bench",
    1,
    _CLOCK
    + """
local rests = redis.call('HMGET', KEYS[1], unpack(ARGV))
for index = 1, #ARGV do
    local till = rests[index]
    if not till then rests[index] = 0
    elseif till == 'inf' then rests[index] = -1
    else rests[index] = math.max(0, tonumber(till) - now) end
end
return rests
""",
)

CLEAR = Script("bench", 1, "return redis.call('DEL', KEYS[1])")
