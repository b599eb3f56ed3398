#!/bin/sh
# Each line that begins with sh or bash is a job; its second word is a path in the container.

sh /tmp/subrepjob/print-date.sh
sh /tmp/subrepjob/print-number.sh
