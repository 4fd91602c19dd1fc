#include "base/system_clock.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "tests/support/manual_clock.hpp"

TEST_CASE("the machine's kernel may be asked about its clock, and no answer is no error",
          "[base]") {
    boost::asio::io_context loop;
    const base::SystemClock clock{loop.get_executor()};
    // A sandbox may forbid the call: then there is no answer, and no error.
    CHECK(clock.kernel_clock() == clock.kernel_clock());
}

TEST_CASE("virtual time has no kernel until a test sets what it knows", "[base]") {
    boost::asio::io_context loop;
    tests::ManualClock clock{loop};
    CHECK_FALSE(clock.kernel_clock().has_value());
    clock.set_kernel_clock(base::KernelClock{true});
    CHECK((clock.kernel_clock() == base::KernelClock{true}));
    clock.set_kernel_clock(std::nullopt);
    CHECK_FALSE(clock.kernel_clock().has_value());
}
