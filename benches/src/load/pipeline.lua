-- For wrk: several requests at once. The first argument says how many.
local requests

function init(arguments)
  requests = string.rep(wrk.format("GET"), tonumber(arguments[1]))
end

function request()
  return requests
end
