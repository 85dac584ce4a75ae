// Everything of the C++ API but headrace/arrow.h, which needs Arrow's headers.
#pragma once

#include "headrace/column.h"
#include "headrace/dataframe.h"
#include "headrace/exceptions.h"
#include "headrace/functions.h"
#include "headrace/options.h"
#include "headrace/readwriter.h"
#include "headrace/row.h"
#include "headrace/session.h"
#include "headrace/stateful.h"
#include "headrace/streaming.h"
#include "headrace/types.h"
#include "headrace/value.h"
#include "headrace/window.h"
