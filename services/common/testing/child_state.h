#pragma once

#include <string>

namespace posthorn::testing_support {

// What the programs do that this process has started: of each thread its name, its state and where
// in the kernel it waits, and with gdb on the machine their stacks. For the text of a failure:
// tells why a program under test does not answer.
std::string DescribeChildren();

}  // namespace posthorn::testing_support
