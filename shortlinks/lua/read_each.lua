-- Reads many keys with a few commands: a third of what the commands cost the client in a pipeline.
--
-- KEYS[1]  and further: what is read, in the order of the commands
-- ARGV[1]  and further, for each command: its name, for how many keys it is, how many arguments follow the key, and these
-- returns  for each command the answers in the order of its keys
--
-- Not a MULTI: that sends each command, too. Without `#!lua`, so that it reads on when the server is out of memory.
local found, key, place = {}, 0, 1
while ARGV[place] do
  local command, last = ARGV[place], place + 2 + ARGV[place + 2]
  local answers = {}
  for index = 1, tonumber(ARGV[place + 1]) do
    key = key + 1
    answers[index] = redis.call(command, KEYS[key], unpack(ARGV, place + 3, last))
  end
  found[#found + 1] = answers
  place = last + 1
end
return found
