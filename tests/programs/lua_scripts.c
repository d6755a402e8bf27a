/* lintel: variants=glibc flags="-Wl,--no-warnings -I/usr/include/lua5.4 -llua5.4 -ldl" */
/* Lua, the interpreter: strings, tables, closures, coroutines, files, pipes, errors. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "program.h"

static const char *const scripts[] = {
    "print(_VERSION, 7 // 2, 7 / 2, 2 ^ 10, 10 % 3, 1 << 40, 'a' .. 1)",
    "local t = {} for i = 1, 1000 do t[i] = (i * 7919) % 1009 end table.sort(t) print(t[1], t[500], t[1000], "
    "#t)",
    "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end print(fib(22))",
    "print(('the quick brown fox'):gsub('%w+', function(w) return w:sub(1, 1):upper() .. w:sub(2) end))",
    "for k, v in string.gmatch('a=1, b=2, c=3', '(%w+)=(%w+)') do io.write(k, v, ' ') end print()",
    "local c = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end return 'end' end)"
    " print(c(), c(), c(), c())",
    "print(pcall(error, {code = 7}) , select('#', pcall(error)), pcall(function() return nil .. 'x' end))",
    "local m = setmetatable({}, {__index = function(t, k) return k .. '!' end}) print(m.hello)",
    "local f = assert(io.open('file', 'w')) for i = 1, 1000 do f:write('line ', i, '\\n') end f:close()"
    " local n, s = 0, 0 for l in io.lines('file') do n = n + 1 s = s + #l end print(n, s)",
    "local f = io.open('file') f:seek('set', 5) print(f:read(1, 'l', 'n')) f:seek('end', -5) "
    "print(f:read('a')) f:close()",
    "print(io.open('none')) print(os.rename('file', 'other'), os.remove('file')) print(os.remove('other'))",
    "local p = io.popen('echo from a pipe; exit 3') print(p:read('a')) print(p:close())",
    "print(os.execute('exit 5')) print(os.execute('kill -9 $$')) print(os.getenv('HOME'), os.getenv('NONE'))",
    "print(string.pack('<i4', 100):byte(1, -1)) print(math.type(1), math.type(1.0), math.maxinteger, 0x1p4, "
    "1e300 * 1e10)",
    "collectgarbage() local t = {} for i = 1, 20000 do t[i] = {i} end t = nil collectgarbage() "
    "print(collectgarbage('count') < 4000)",
    "print(os.date('!%Y-%m-%d %H:%M:%S', 86400 * 365), os.time{year = 2000, month = 1, day = 1, hour = 0})",
    "print(utf8.char(228, 8364), utf8.len('\\u{20ac}x'), #'\\u{20ac}x') print(load('return 1 +'))",
    "print(require == nil, package.path ~= nil, pcall(require, 'none') == true)",
};

int main(void)
{
    program_begin();
    for (unsigned i = 0; i < COUNT_OF(scripts); i++) {
        lua_State *state = luaL_newstate();
        luaL_openlibs(state);
        if (luaL_dostring(state, scripts[i]))
            printf("error: %s\n", lua_tostring(state, -1));
        lua_close(state);
    }
    return program_end();
}
