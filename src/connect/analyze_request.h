// The AnalyzePlan request: what a plan is, without running it.
#pragma once

#include "connect/messages.h"
#include "connect/plan_translator.h"
#include "session/session.h"

namespace headrace {

// The response lacks the session's ids.
Result<messages::AnalyzePlanResponse> AnswerAnalyze(Session& session,
                                                    const messages::AnalyzePlanRequest& request);

PlanTranslator TranslatorOf(Session& session);
// The relation of a plan, unpacked if it came compressed.
Result<LogicalPlanPtr> TranslatePlan(Session& session, const messages::Plan& plan);
// `plan` without compression.
Result<messages::Plan> UnpackPlan(const messages::Plan& plan);

}  // namespace headrace
