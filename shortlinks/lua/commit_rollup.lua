#!lua
-- Adds one tallied batch of a shard to the counts, keeps its clicks, moves the cursor and trims the stream: all or nothing.
--
-- KEYS[1]   the shard's progress (hash: cursor, epoch, counted, rejected, dropped)
-- KEYS[2]   the shard's click stream
-- KEYS[3..] the keys the steps name
-- ARGV[1]   cursor the batch was read after ("" before the first)
-- ARGV[2]   epoch read with it ("" before the first purge or trim)
-- ARGV[3]   cursor behind the batch
-- ARGV[4]   first stream id to keep
-- ARGV[5]   clicks counted;  ARGV[6] rejected (garbled);  ARGV[7] dropped (of purged posts)
-- ARGV[8]   JSON list of steps; numbers beginning with k index KEYS, with a ARGV:
--             ["add", k, [field, by, ...]]            HINCRBY each
--             ["cap", k, limit, [field, by, ...]]     HINCRBY each, new fields beyond `limit` under "(other)"
--             ["see", k visitors, k total, k days, k minutes, day field, [[minute field, visitor, ...], ...]]
--                                                     PFADD minute by minute; by how much the estimate grew is added
--             ["tail", k, fresh, a first, a last]     append lines; `fresh` empties the list before
--             ["seal", k, newest, a]                  append a compressed chunk, named by the time of its newest click
--             ["remember", k, seconds, [field, value, ...]]   HSET each, and forget the hash so long after
--             ["note", k, limit, a]                   append to a list of the newest `limit`, which is gone in an hour
--             ["tell", k events, k told, k total, post]       an event with the post's counts, in the place of its earlier one
-- ARGV[9..] lines and chunks
-- returns   {1, steps that failed} when done, {0, cursor found} when cursor or epoch were others
--
-- Not a MULTI: it decides on the cursor and epoch it reads, so the same batch again changes nothing. Lua does not roll back:
-- an out-of-memory server refuses the script before it begins (#!lua), and each step runs under pcall, so that a key of the
-- wrong type costs its own step, is counted as rejected, and never makes the whole batch count twice.
local OTHER = '(other)'
local VISITOR_TTL = 259200
local NOTE_TTL = 3600
local AT_ONCE = 1000

local progress = redis.call('HMGET', KEYS[1], 'cursor', 'epoch')
local length = redis.call('XLEN', KEYS[2])
if (progress[1] or '') ~= ARGV[1] or (progress[2] or '') ~= ARGV[2] then
  return {0, progress[1] or ''}
end

local failed = 0
local function try(...)
  local answer = redis.pcall(...)
  if type(answer) == 'table' and answer.err then
    failed = failed + 1
    return nil
  end
  return answer
end

local run = {}

function run.add(step)
  local fields = step[3]
  for index = 1, #fields, 2 do
    try('HINCRBY', KEYS[step[2]], fields[index], fields[index + 1])
  end
end

function run.cap(step)
  local key, limit, fields = KEYS[step[2]], step[3], step[4]
  local used = try('HLEN', key)
  if not used then
    return
  end
  for index = 1, #fields, 2 do
    local field = fields[index]
    if redis.call('HEXISTS', key, field) == 0 then
      if used >= limit then
        field = OTHER
      else
        used = used + 1
      end
    end
    try('HINCRBY', key, field, fields[index + 1])
  end
end

function run.see(step)
  local seen, total, days, minutes = KEYS[step[2]], KEYS[step[3]], KEYS[step[4]], KEYS[step[5]]
  local before = try('PFCOUNT', seen)
  if not before then
    return
  end
  for _, minute in ipairs(step[7]) do
    redis.call('PFADD', seen, unpack(minute, 2))
    local after = redis.call('PFCOUNT', seen)
    if after > before then
      try('HINCRBY', total, 'visitors', after - before)
      try('HINCRBY', days, step[6], after - before)
      try('HINCRBY', minutes, minute[1], after - before)
      before = after
    end
  end
  redis.call('EXPIRE', seen, VISITOR_TTL)
end

function run.tail(step)
  if step[3] == 1 then
    try('DEL', KEYS[step[2]])
  end
  for index = step[4], step[5] do
    try('RPUSH', KEYS[step[2]], ARGV[index])
  end
end

function run.seal(step)
  local key, chunk = KEYS[step[2]], ARGV[step[4]]
  local added = redis.pcall('XADD', key, step[3] .. '-*', 'z', chunk)
  if type(added) == 'table' and added.err then
    -- It came later than younger clicks, and a stream takes no name before its last.
    try('XADD', key, '*', 'z', chunk)
  end
end

function run.remember(step)
  local key, fields = KEYS[step[2]], step[4]
  for index = 1, #fields, AT_ONCE do
    if not try('HSET', key, unpack(fields, index, math.min(index + AT_ONCE - 1, #fields))) then
      return
    end
  end
  redis.call('EXPIRE', key, step[3])
end

function run.note(step)
  local key = KEYS[step[2]]
  if try('RPUSH', key, ARGV[step[4]]) then
    redis.call('LTRIM', key, -step[3], -1)
    redis.call('EXPIRE', key, NOTE_TTL)
  end
end

-- One entry a post: the newest tells all that those before it did.
function run.tell(step)
  local events, told, post = KEYS[step[2]], KEYS[step[3]], step[5]
  local total = try('HGETALL', KEYS[step[4]])
  if not total then
    return
  end
  local human, hits = 0, 0
  for index = 1, #total, 2 do
    local name, number = total[index], tonumber(total[index + 1]) or 0
    if name ~= 'visitors' and name ~= 'lost' and not string.find(name, ':', 1, true) then
      hits = hits + number
      human = name == 'human' and number or human
    end
  end
  local added = try('XADD', events, '*', 'change', 'counted', 'post', post, 'human', human, 'hits', hits)
  local before = added and try('HGET', told, post)
  if before then
    try('XDEL', events, before)
  end
  if added then
    try('HSET', told, post, added)
  end
end

for _, step in ipairs(cjson.decode(ARGV[8])) do
  run[step[1]](step)
end

redis.call('HSET', KEYS[1], 'cursor', ARGV[3])
for index, field in ipairs({'counted', 'rejected', 'dropped'}) do
  local by = tonumber(ARGV[4 + index])
  if field == 'rejected' then
    by = by + failed
  end
  if by > 0 then
    try('HINCRBY', KEYS[1], field, by)
  end
end
if length > 0 then
  redis.call('XTRIM', KEYS[2], 'MINID', ARGV[4])
end
return {1, failed}
