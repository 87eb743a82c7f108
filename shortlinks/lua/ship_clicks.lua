#!lua
-- Puts one batch of a journal into a shard's stream and moves the journal's mark there, both or neither.
--
-- KEYS[1]  the shard's click stream
-- KEYS[2]  the shard's marks (hash: journal -> bytes shipped)
-- KEYS[3]  the shard's progress (hash)
-- ARGV[1]  journal
-- ARGV[2]  mark this batch begins at ("0" for a new journal)
-- ARGV[3]  mark behind the batch
-- ARGV[4]  number of clicks in the batch; 0 only moves the mark
-- ARGV[5]  the clicks, one line each
-- ARGV[6]  garbled lines set aside on the way
-- returns  {1, id of the new stream entry or ""} when done, {0, the mark found} when the mark was another
--
-- Not a MULTI: it decides on the mark it reads. A retry after an ambiguous failure finds the mark moved and does nothing.
-- The reads come first: on a key of the wrong type they fail before anything is written.
local found = redis.call('HGET', KEYS[2], ARGV[1]) or '0'
redis.call('HGET', KEYS[3], 'shipped')
if found ~= ARGV[2] then
  return {0, found}
end
local id = ''
if tonumber(ARGV[4]) > 0 then
  id = redis.call('XADD', KEYS[1], '*', 'n', ARGV[4], 'b', ARGV[5])
  redis.pcall('HINCRBY', KEYS[3], 'shipped', ARGV[4])
end
if tonumber(ARGV[6]) > 0 then
  redis.pcall('HINCRBY', KEYS[3], 'garbled', ARGV[6])
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
return {1, id}
