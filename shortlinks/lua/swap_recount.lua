#!lua
-- Puts what a re-count made of one post in the place of what is there: all or nothing, and only if nothing came in between.
--
-- KEYS[1]   the shard's progress (hash: epoch, swapped)
-- KEYS[2]   the post's kept clicks (stream);  KEYS[3] its tail (list)
-- KEYS[4]   what the re-count of everything found in this shard (hash)
-- KEYS[5]   a key that goes before anything of the draft does (string)
-- KEYS[6..] the keys the steps name
-- ARGV[1]   epoch the re-count began with ("" before the first)
-- ARGV[2]   id of the first chunk it read, ARGV[3] of the last ("" when there is none), ARGV[4] how many there were
-- ARGV[5]   how many lines the tail had
-- ARGV[6]   this re-count's own name
-- ARGV[7]   JSON list of steps; k indexes KEYS, a ARGV:
--             ["move", k from, k to, seconds]         RENAME; forget it so long after (0: never)
--             ["drop", k]                             DEL
--             ["set", k, seconds, [field, value, ...]]     DEL, then HSET; forget it so long after (0: never)
--             ["put", k, [field, ...], [field, value, ...]]     HDEL the first, then HSET the others
--             ["add", k, [field, by, ...]]            HINCRBY each, and HDEL what comes to nothing
--             ["lines", k, a first, a last]           DEL, then RPUSH these
--             ["tell", k events, k told, k total, post]       an event with the post's counts, in the place of its earlier one
-- ARGV[8]   which re-count of everything this is part of ("" for none);  ARGV[9] the post's field in KEYS[4], ARGV[10] its value
-- ARGV[11]  JSON list of [field, by, ...]: what moved, added up in KEYS[4]
-- ARGV[12..] lines
-- returns   1 when done (also when it was done before, and the answer got lost), 0 when something came in between, -1 when
--           parts of the draft may be gone
--
-- Not a MULTI: it decides on what it reads. From here on a roll-up under way reads again, because the epoch is another.
local AT_ONCE = 1000

local progress = redis.call('HMGET', KEYS[1], 'epoch', 'swapped')
if progress[2] == ARGV[6] then
  return 1
end
local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
if (progress[1] or '') ~= ARGV[1]
  or (first and first[1] or '') ~= ARGV[2]
  or (last and last[1] or '') ~= ARGV[3]
  or redis.call('XLEN', KEYS[2]) ~= tonumber(ARGV[4])
  or redis.call('LLEN', KEYS[3]) ~= tonumber(ARGV[5]) then
  return 0
end
if redis.call('EXISTS', KEYS[5]) == 0 then
  return -1
end

-- What could fail below is tried before anything is written: Lua does not roll back.
local steps, moved = cjson.decode(ARGV[7]), cjson.decode(ARGV[11])
for _, step in ipairs(steps) do
  if step[1] == 'move' and redis.call('EXISTS', KEYS[step[2]]) == 0 then
    return -1
  end
end
local function has_numbers(key, fields)
  for index = 1, #fields, 2 do
    local number = redis.call('HGET', key, fields[index])
    if number and not string.match(number, '^-?%d+$') then
      return false
    end
  end
  return true
end
for _, step in ipairs(steps) do
  if step[1] == 'add' and not has_numbers(KEYS[step[2]], step[3]) then
    return redis.error_reply('ERR ' .. KEYS[step[2]] .. ' holds what is no number')
  end
end
if not has_numbers(KEYS[4], moved) then
  return redis.error_reply('ERR ' .. KEYS[4] .. ' holds what is no number')
end
local noted = redis.call('HGET', KEYS[4], 'run') or ''

local function each_few(command, key, values)
  for index = 1, #values, AT_ONCE do
    redis.call(command, key, unpack(values, index, math.min(index + AT_ONCE - 1, #values)))
  end
end

local function last_for(key, seconds)
  if seconds == 0 then
    redis.call('PERSIST', key)
  else
    redis.call('EXPIRE', key, seconds)
  end
end

local run = {}

function run.move(step)
  redis.call('RENAME', KEYS[step[2]], KEYS[step[3]])
  last_for(KEYS[step[3]], step[4])
end

function run.drop(step)
  redis.call('DEL', KEYS[step[2]])
end

function run.set(step)
  redis.call('DEL', KEYS[step[2]])
  each_few('HSET', KEYS[step[2]], step[4])
  last_for(KEYS[step[2]], step[3])
end

function run.put(step)
  each_few('HDEL', KEYS[step[2]], step[3])
  each_few('HSET', KEYS[step[2]], step[4])
end

function run.add(step)
  local key, fields = KEYS[step[2]], step[3]
  for index = 1, #fields, 2 do
    if redis.call('HINCRBY', key, fields[index], fields[index + 1]) == 0 then
      redis.call('HDEL', key, fields[index])
    end
  end
end

function run.lines(step)
  redis.call('DEL', KEYS[step[2]])
  for index = step[3], step[4] do
    redis.call('RPUSH', KEYS[step[2]], ARGV[index])
  end
end

-- A key of a wrong type costs the event, and not the re-count.
local function try(...)
  local answer = redis.pcall(...)
  return not (type(answer) == 'table' and answer.err) and answer or nil
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
  local added = try('XADD', events, '*', 'change', 'recounted', 'post', post, 'human', human, 'hits', hits)
  local before = added and try('HGET', told, post)
  if before then
    try('XDEL', events, before)
  end
  if added then
    try('HSET', told, post, added)
  end
end

for _, step in ipairs(steps) do
  run[step[1]](step)
end

-- The names of re-counts of everything grow with time: one that is late tells nothing any more.
if ARGV[8] ~= '' and ARGV[8] > noted then
  redis.call('DEL', KEYS[4])
  redis.call('HSET', KEYS[4], 'run', ARGV[8])
end
if ARGV[8] ~= '' and ARGV[8] >= noted then
  redis.call('HSET', KEYS[4], ARGV[9], ARGV[10])
  run.add({'add', 4, moved})
end
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'swapped', ARGV[6])
return 1
